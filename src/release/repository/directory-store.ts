import { randomUUID } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { access, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { flush } from '../../disk/flush-tree.ts';
import { KubeosError } from '../../errors.ts';
import { measure } from './content.ts';
import { directoryLockFiles } from './directory-lock-files.ts';
import { isMissing } from './is-missing.ts';
import { lockPublisher, type PublisherLock } from './publisher-lock.ts';
import { readBytes } from './read-bytes.ts';
import { readStored, sizeOf } from './read-stored.ts';
import { STAGING, TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import type { Content, RepositoryStore, StoredEntry, StoreSession } from './repository-store.ts';
import { assertUnmoved, changedWhileStored, takenName } from './store-failure.ts';

export interface DirectoryOptions {
  /** How long to wait for another publisher; milliseconds. */
  readonly lockTimeoutMs?: number;
}

const DEFAULT_LOCK_TIMEOUT_MS = 60_000;

/** A repository in a local directory, made by its first write. */
export function directoryStore(directory: string, options: DirectoryOptions = {}): RepositoryStore {
  const store: RepositoryStore = {
    place: directory,
    size: async (name) => await sizeOf(path.join(directory, name)),
    read: async (name) => await readStored(path.join(directory, name)),
    async begin() {
      await makeStaging(directory);
      const { lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = options;
      const lock = await lockPublisher(directoryLockFiles(directory), lockTimeoutMs);
      return sessionOf(store, directory, lock);
    },
    close: async () => undefined,
  };
  return store;
}

async function makeStaging(directory: string): Promise<void> {
  try {
    await mkdir(path.join(directory, STAGING), { recursive: true });
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new KubeosError('USAGE', `${directory} is no directory`, {
      cause,
      hint: 'a file lies there, or on the way to it: name another place',
    });
  }
}

function sessionOf(store: RepositoryStore, directory: string, lock: PublisherLock): StoreSession {
  return {
    write: async (name, content) => {
      await lock.assertHeld();
      await writeImmutable(directory, name, content);
    },
    async commit(timestamp, expected) {
      await lock.assertHeld();
      assertUnmoved(store.place, await readBytes(store, TIMESTAMP_PATH, 2 ** 20), expected);
      if (timestamp === null) return;
      // Names too are on the disk before what leads to them, also of files that were there and of a publisher who was killed.
      for (const folder of ['targets', 'metadata']) await flushNames(path.join(directory, folder));
      await put(directory, TIMESTAMP_PATH, [timestamp]);
    },
    list: async () => await listFiles(directory),
    async remove(name) {
      await lock.assertHeld();
      await rm(path.join(directory, name), { force: true });
    },
    [Symbol.asyncDispose]: async () => await lock[Symbol.asyncDispose](),
  };
}

async function writeImmutable(directory: string, name: string, content: Content): Promise<void> {
  const file = path.join(directory, name);
  const isThere = (await sizeOf(file)) !== null;
  if (isThere && (await holds(file, content))) return;
  // A target is named by its digest: other bytes under its name are damage, and never another file.
  if (isThere && !name.startsWith('targets/')) throw takenName(directory, name);
  await put(directory, name, content.open());
  if (await holds(file, content)) return;
  await rm(file);
  throw changedWhileStored(directory, name);
}

async function holds(file: string, wanted: Content): Promise<boolean> {
  const chunks = await readStored(file);
  if (chunks === null) return false;
  const { size, sha256 } = await measure(chunks);
  return size === wanted.size && sha256 === wanted.sha256;
}

/** Whole or not at all: written beside, flushed, renamed, the name flushed. */
async function put(
  directory: string,
  name: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  const file = path.join(directory, name);
  const staged = path.join(directory, STAGING, randomUUID());
  await makeFolder(directory, path.dirname(file));
  try {
    await writeFlushed(staged, chunks);
    await rename(staged, file);
  } catch (error) {
    await rm(staged, { force: true });
    throw asKubeosError(error, directory, name);
  }
  await flush(path.dirname(file));
}

async function writeFlushed(
  file: string,
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<void> {
  await using handle = await open(file, 'wx');
  for await (const chunk of chunks) await handle.writeFile(chunk);
  await handle.sync();
}

async function flushNames(folder: string): Promise<void> {
  try {
    await flush(folder);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

async function makeFolder(directory: string, folder: string): Promise<void> {
  if ((await mkdir(folder, { recursive: true })) !== undefined) await flush(directory);
}

function asKubeosError(error: unknown, directory: string, name: string): unknown {
  const isFull =
    error instanceof Error && 'code' in error && ['ENOSPC', 'EDQUOT'].includes(String(error.code));
  if (!isFull) return error;
  return new KubeosError('NO_SPACE', `no space in ${directory} for ${name}`, {
    cause: error,
    hint: 'free some space there, by `kubeos repository gc` perhaps, and run the same command again',
  });
}

async function listFiles(directory: string): Promise<readonly StoredEntry[]> {
  const folders = ['metadata', 'targets', STAGING];
  const found = await Promise.all(folders.map(async (folder) => await namesIn(directory, folder)));
  return await Promise.all(
    found.flat().map(async (name) => {
      const { size, mtimeMs } = await stat(path.join(directory, name));
      return { path: name, size, modifiedMs: mtimeMs };
    }),
  );
}

async function namesIn(directory: string, folder: string): Promise<string[]> {
  const entries = await entriesOf(path.join(directory, folder));
  return entries.filter((entry) => entry.isFile()).map(({ name }) => `${folder}/${name}`);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    await access(folder, constants.R_OK);
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
