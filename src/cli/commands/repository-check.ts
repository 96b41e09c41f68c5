import { z } from 'zod';
import { checkExpiry } from '../../release/repository/check-expiry.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';

const argumentsSchema = z.object(publisherArguments);

/** `kubeos repository check`: for monitoring; fails when a metadata file is past half of its life. */
export const runRepositoryCheck: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const files = await asPublisher(options, context, checkExpiry);
  const isGood = files.every(({ state }) => state === 'good');
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'RepositoryCheck', isGood, files };
  const lines = files.map(
    ({ role, version, expires, state }) =>
      `${role.padEnd(9)} ${String(version).padStart(4)}  until ${expires}  ${state}\n`,
  );
  context.stdout.write(options.json ? `${JSON.stringify(result)}\n` : lines.join(''));
  return isGood ? 0 : 6;
};
