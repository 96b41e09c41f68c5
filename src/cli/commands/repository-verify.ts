import { z } from 'zod';
import { findRelease, listReleases } from '../../release/repository/list-releases.ts';
import type { StateRequest } from '../../release/repository/repository-state.ts';
import { verifyPublished } from '../../release/repository/verify-published.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';

const argumentsSchema = z.object({
  ...publisherArguments,
  quick: z.boolean(),
  for: z.array(z.string()).default([]),
});

/** `kubeos repository verify`: everything, or some releases, as a client sees it that knows nothing but the root. */
export const runRepositoryVerify: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const depth = options.quick ? 'sizes' : 'bytes';
  const { asked, missing, damaged, complete } = await asPublisher(
    options,
    context,
    async (publisher) => {
      const chosen = await chosenOf(publisher, options.for);
      const report = await verifyPublished({ ...publisher, ...chosen, depth });
      return { ...report, asked: (chosen.releases ?? report.repository.releases).length };
    },
  );
  const isWhole = missing.length + damaged.length === 0;
  const lines = [
    ...missing.map((path) => `missing  ${path}\n`),
    ...damaged.map((path) => `damaged  ${path}\n`),
    `${complete.length} of ${asked} releases are whole\n`,
  ];
  const state = { isWhole, missing, damaged, complete };
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'RepositoryVerification', ...state };
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : lines.join(''));
  return isWhole ? 0 : 6;
};

/** An export has only some of the releases that its metadata lists. */
async function chosenOf(
  request: StateRequest,
  words: readonly string[],
): Promise<{ readonly releases?: readonly string[] }> {
  if (words.length === 0) return {};
  const all = await listReleases(request);
  return { releases: [...new Set(words.map((word) => findRelease(all, word).digest))] };
}
