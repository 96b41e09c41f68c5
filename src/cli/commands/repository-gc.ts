import { z } from 'zod';
import { collectGarbage } from '../../release/repository/collect-garbage.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { formatBytes } from '../release/format-bytes.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';

const argumentsSchema = z.object({
  ...publisherArguments,
  snapshots: z.int().min(1).default(5),
  dryRun: z.boolean(),
});

/** `kubeos repository gc`: removes files that no client can ask for any more. */
export const runRepositoryGc: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const { snapshots, dryRun: isDryRun, json } = options;
  const { removed, size } = await asPublisher(options, context, async (publisher) => {
    return await collectGarbage({ ...publisher, snapshots, isDryRun });
  });
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'Collected', isDryRun, removed, size };
  const verb = isDryRun ? 'would remove' : 'removed';
  const sum = `${verb} ${removed.length} files, ${formatBytes(size)}\n`;
  const lines = isDryRun ? removed.map(({ path }) => `${path}\n`).join('') : '';
  context.stdout.write(json ? `${JSON.stringify(result)}\n` : lines + sum);
  return 0;
};
