import { z } from 'zod';
import { findRelease, listReleases } from '../../release/repository/list-releases.ts';
import { setChannel } from '../../release/repository/set-channel.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';
import { showChange } from '../release/show-change.ts';

const argumentsSchema = z.object({
  ...publisherArguments,
  channel: z.string(),
  release: z.string(),
});

/** `kubeos repository channel`: lets a channel lead to a release, or takes it away. */
export const runRepositoryChannel: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const { channel } = options;
  return await asPublisher(options, context, async (publisher) => {
    const release =
      options.release === 'none'
        ? null
        : findRelease(await listReleases(publisher), options.release).digest;
    const changed = await setChannel({ ...publisher, channel, release });
    const what = `${channel}  ${release ?? 'leads to no release any more'}`;
    return showChange(changed, { what, json: options.json, context });
  });
};
