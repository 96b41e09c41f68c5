import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { DEFAULT_LIFETIMES } from '../../release/repository/lifetimes.ts';
import type { Publisher } from '../../release/repository/publisher.ts';
import type { CliContext } from '../command-spec.ts';
import { loadKeyFolder, ROOT_FILE, type KeyFolder } from './key-folder.ts';
import { openStore, storeArguments, type StoreOptions } from './open-store.ts';
import { passphrases } from './passphrase.ts';

/** What every command needs that looks at or changes a repository. */
export const publisherArguments = {
  repository: z.string(),
  keys: z.string(),
  passphraseFile: z.string().optional(),
  ...storeArguments,
  json: z.boolean(),
};

export interface PublisherOptions extends StoreOptions {
  readonly repository: string;
  readonly keys: string;
  readonly passphraseFile?: string | undefined;
}

export async function keyFolderOf(
  { keys, passphraseFile }: Pick<PublisherOptions, 'keys' | 'passphraseFile'>,
  context: CliContext,
): Promise<KeyFolder> {
  return await loadKeyFolder({
    directory: keys,
    ask: passphrases(passphraseFile, context),
    commands: hostCommands({ signal: context.signal }),
  });
}

/** Runs an action as the publisher whose folder of keys was given, and ends connections after it. */
export async function asPublisher<T>(
  options: PublisherOptions,
  context: CliContext,
  action: (publisher: Publisher) => Promise<T>,
): Promise<T> {
  const { signers } = await keyFolderOf(options, context);
  const root = await readRoot(options.keys);
  const store = await openStore(options.repository, options, context.signal);
  try {
    return await action({ store, root, signers, now: new Date(), lifetimes: DEFAULT_LIFETIMES });
  } finally {
    await store.close();
  }
}

async function readRoot(keys: string): Promise<Uint8Array> {
  const file = path.join(keys, ROOT_FILE);
  try {
    return await readFile(file);
  } catch (cause) {
    throw new KubeosError('USAGE', `there is no ${file}, which trust starts from`, {
      hint: 'give the folder of the keys with --keys; `kubeos repository init` makes one',
      cause,
    });
  }
}
