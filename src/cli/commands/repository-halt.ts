import { z } from 'zod';
import { haltRelease, resumeRelease } from '../../release/repository/halt-release.ts';
import { findRelease, listReleases } from '../../release/repository/list-releases.ts';
import type { Publisher } from '../../release/repository/publisher.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';
import { showChange } from '../release/show-change.ts';

const argumentsSchema = z.object({
  ...publisherArguments,
  release: z.string(),
  reason: z.string(),
  undo: z.boolean(),
});

/** `kubeos repository halt`: no node fetches this release from now on. */
export const runRepositoryHalt: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  return await asPublisher(options, context, async (publisher) => {
    const release = await digestOf(publisher, options.release);
    const { reason } = options;
    const changed = options.undo
      ? await resumeRelease({ ...publisher, release })
      : await haltRelease({ ...publisher, release, reason });
    const what = `${release}  ${options.undo ? 'may be fetched again' : 'halted'}`;
    return showChange(changed, { what, json: options.json, context });
  });
};

/** A digest is taken as it is: the release may have been retired. */
async function digestOf(publisher: Publisher, word: string): Promise<string> {
  if (/^sha256:[0-9a-f]{64}$/.test(word)) return word;
  return findRelease(await listReleases(publisher), word).digest;
}
