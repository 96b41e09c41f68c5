import { z } from 'zod';
import { findRelease, listReleases } from '../../release/repository/list-releases.ts';
import { retireRelease } from '../../release/repository/retire-release.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';
import { showChange } from '../release/show-change.ts';

const argumentsSchema = z.object({ ...publisherArguments, release: z.string() });

/** `kubeos repository retire`: a release is offered no longer; its files stay until `gc`. */
export const runRepositoryRetire: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  return await asPublisher(options, context, async (publisher) => {
    const release = findRelease(await listReleases(publisher), options.release).digest;
    const changed = await retireRelease({ ...publisher, release });
    return showChange(changed, { what: `${release}  retired`, json: options.json, context });
  });
};
