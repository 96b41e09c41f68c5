import { z } from 'zod';
import { DEFAULT_LIFETIMES } from '../../release/repository/lifetimes.ts';
import type { VerifiedRepository } from '../../release/metadata/verify-repository.ts';
import type { Publisher } from '../../release/repository/publisher.ts';
import { initRepository } from '../../release/repository/init-repository.ts';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import {
  assertRootKeys,
  createFirstKeys,
  isUnfinished,
  keySet,
  makeFirstRoot,
} from '../release/first-root.ts';
import { readPublicKey, type KeyFolder } from '../release/key-folder.ts';
import { openStore } from '../release/open-store.ts';
import { passphrases } from '../release/passphrase.ts';
import { keyFolderOf, publisherArguments } from '../release/publisher-options.ts';

const argumentsSchema = z.object({
  ...publisherArguments,
  rootKeys: z.array(z.string()).default([]),
  threshold: z.int().min(1).default(2),
});

/** `kubeos repository init`: keys where there are none yet, a root of trust signed by enough of them, an empty repository. */
export const runRepositoryInit: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const first = await keyFolderOf(options, context);
  const isNew = isUnfinished(first);
  const rootKeys = await Promise.all(options.rootKeys.map(readPublicKey));
  const ask = passphrases(options.passphraseFile, context);
  if (isNew) await createFirstKeys(first, rootKeys, ask);
  else assertRootKeys(first, rootKeys);
  const folder = isNew ? await keyFolderOf(options, context) : first;
  const now = new Date();
  const root = await makeFirstRoot({ folder, now, threshold: options.threshold });
  const store = await openStore(options.repository, options, context.signal);
  const publisher = { store, root, signers: folder.signers, now, lifetimes: DEFAULT_LIFETIMES };
  const { version, expires } = await madeIn(publisher, folder);
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'Repository', place: store.place, version };
  context.stdout.write(
    options.json
      ? `${JSON.stringify({ ...result, expires })}\n`
      : `${store.place}  root ${version}, good until ${expires}\n${options.keys}/root.json  goes into images: repository.root of the definition\n${isNew && rootKeys.length === 0 ? `${options.keys}/root-*.key  belong on machines without network\n` : ''}`,
  );
  return 0;
};

async function madeIn(
  publisher: Publisher,
  folder: KeyFolder,
): Promise<VerifiedRepository['root']> {
  try {
    return (await initRepository({ ...publisher, halt: keySet('halt', folder, 1) })).root;
  } finally {
    // A connection that stays open keeps the command from its end.
    await publisher.store.close();
  }
}
