import { z } from 'zod';
import { verifyPublished } from '../../release/repository/verify-published.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';

const argumentsSchema = z.object({ ...publisherArguments, quick: z.boolean() });

/** `kubeos repository verify`: everything as a client sees it that knows nothing but the root. */
export const runRepositoryVerify: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const depth = options.quick ? 'sizes' : 'bytes';
  const { repository, missing, damaged, complete } = await asPublisher(
    options,
    context,
    async (publisher) => await verifyPublished({ ...publisher, depth }),
  );
  const isWhole = missing.length + damaged.length === 0;
  const lines = [
    ...missing.map((path) => `missing  ${path}\n`),
    ...damaged.map((path) => `damaged  ${path}\n`),
    `${complete.length} of ${repository.releases.length} releases are whole\n`,
  ];
  const state = { isWhole, missing, damaged, complete };
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'RepositoryVerification', ...state };
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : lines.join(''));
  return isWhole ? 0 : 6;
};
