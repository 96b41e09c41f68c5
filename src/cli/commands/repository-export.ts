import { z } from 'zod';
import { exportRepository } from '../../release/repository/export-repository.ts';
import { findRelease, listReleases } from '../../release/repository/list-releases.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';

const argumentsSchema = z.object({
  ...publisherArguments,
  directory: z.string(),
  for: z.array(z.string()).min(1, 'name at least one release'),
});

/** `kubeos repository export`: a directory for a site without network, with the files of some releases. */
export const runRepositoryExport: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const { directory, json } = options;
  const releases = await asPublisher(options, context, async (publisher) => {
    const all = await listReleases(publisher);
    const digests = options.for.map((word) => findRelease(all, word).digest);
    await exportRepository({ ...publisher, releases: digests, directory });
    return digests;
  });
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'Export', directory, releases };
  const text = `${directory}  ${releases.length} releases, read back and verified\n`;
  context.stdout.write(json ? `${JSON.stringify(result)}\n` : text);
  return 0;
};
