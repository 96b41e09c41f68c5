import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { ChangedRepository } from '../../release/repository/change-repository.ts';
import { rotateKeys, type NewKeys } from '../../release/repository/rotate-keys.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { readPublicKey } from '../release/key-folder.ts';
import { KEY_ROLES } from '../release/key-roles.ts';
import { asPublisher, publisherArguments } from '../release/publisher-options.ts';
import { rootDraftsIn } from '../release/root-drafts.ts';
import { showChange } from '../release/show-change.ts';

const argumentsSchema = z.object({
  ...publisherArguments,
  role: z.enum(KEY_ROLES),
  key: z.array(z.string()).default([]),
  threshold: z.int().min(1).optional(),
});

type Options = z.infer<typeof argumentsSchema>;

/**
 * `kubeos repository rotate`: gives a role other keys, or renews the root with those it has. Root keys sign it, for a new
 * root the old and the new ones; those that lie elsewhere sign the draft that is left in the folder of keys.
 */
export const runRepositoryRotate: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const keys = await newKeys(options);
  const drafts = rootDraftsIn(options.keys);
  const changed = await asPublisher(options, context, async (publisher) => {
    return await rotateKeys({ ...publisher, role: options.role, keys, drafts });
  });
  const what = keys === null ? renewed(changed) : `${options.role}  ${countOf(keys.publicKeys)}`;
  return showChange(changed, { what, json: options.json, context });
};

async function newKeys({ key, threshold }: Options): Promise<NewKeys | null> {
  const publicKeys = await Promise.all(key.map(readPublicKey));
  if (publicKeys.length > 0) return { publicKeys, ...(threshold !== undefined && { threshold }) };
  if (threshold === undefined) return null;
  throw new KubeosError('USAGE', '--threshold belongs to new keys', {
    hint: 'name the .pub files of all keys of the role with --key',
  });
}

const countOf = ({ length }: readonly string[]): string =>
  `${length} key${length === 1 ? '' : 's'}`;

function renewed({ repository: { root } }: ChangedRepository): string {
  return `root ${root.version}, good until ${root.expires}`;
}
