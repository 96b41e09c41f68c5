import { z } from 'zod';
import { refreshRepository } from '../../release/repository/refresh-repository.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';
import { showChange } from '../release/show-change.ts';

const argumentsSchema = z.object({ ...publisherArguments, targets: z.boolean() });

/** `kubeos repository refresh`: a new timestamp, daily. */
export const runRepositoryRefresh: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const changed = await asPublisher(options, context, async (publisher) => {
    return await refreshRepository({ ...publisher, renewTargets: options.targets });
  });
  const { version, expires } = changed.repository.timestamp;
  const what = `timestamp ${version}, good until ${expires}`;
  return showChange(changed, { what, json: options.json, context });
};
