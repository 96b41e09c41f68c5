import { z } from 'zod';
import { rotateKeys } from '../../release/repository/rotate-keys.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { readPublicKey } from '../release/key-folder.ts';
import { KEY_ROLES } from '../release/key-roles.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';
import { showChange } from '../release/show-change.ts';

const argumentsSchema = z.object({
  ...publisherArguments,
  role: z.enum(KEY_ROLES),
  key: z.array(z.string()).min(1, 'name the .pub files of the new keys'),
  threshold: z.int().min(1).default(1),
});

/** `kubeos repository rotate`: gives a role other keys. Root keys sign it, for a new root the old and the new ones. */
export const runRepositoryRotate: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const { role, threshold } = options;
  const publicKeys = await Promise.all(options.key.map(readPublicKey));
  const changed = await asPublisher(options, context, async (publisher) => {
    return await rotateKeys({ ...publisher, role, keys: { publicKeys, threshold } });
  });
  const what = `${role}  ${publicKeys.length} keys, ${threshold} have to sign`;
  return showChange(changed, { what, json: options.json, context });
};
