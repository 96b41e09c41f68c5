import { randomUUID } from 'node:crypto';
import path from 'node:path/posix';
import type { SFTPWrapper } from 'ssh2';
import type { SshLogin } from '../../host/ssh/connect-ssh.ts';
import { connectSftp, type SftpConnection } from './connect-sftp.ts';
import { contentOfBytes, measure } from './content.ts';
import { lockPublisher, type PublisherLock } from './publisher-lock.ts';
import { readBytes } from './read-bytes.ts';
import { STAGING, TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import type { Content, RepositoryStore, StoredEntry, StoreSession } from './repository-store.ts';
import {
  listRemote,
  makeRemoteFolder,
  removeRemote,
  replaceRemote,
  statRemote,
} from './sftp-files.ts';
import { sftpLockFiles } from './sftp-lock-files.ts';
import { readRemote, writeRemote } from './sftp-transfer.ts';
import { assertUnmoved, changedWhileStored, takenName } from './store-failure.ts';

export interface SftpStoreOptions extends SshLogin {
  /** Of the repository on the server; a path without `/` in front is below the user's home. */
  readonly directory: string;
  /** How long to wait for another publisher; milliseconds. */
  readonly lockTimeoutMs?: number;
}

const DEFAULT_LOCK_TIMEOUT_MS = 60_000;

/** A repository on an SFTP server, over one connection that is made when it is first needed. */
export function sftpStore(options: SftpStoreOptions): RepositoryStore {
  const { directory, user, host, port, lockTimeoutMs = DEFAULT_LOCK_TIMEOUT_MS } = options;
  const place = `sftp://${user}@${host}:${port}/${directory.replace(/^\//, '')}`;
  let connection: Promise<SftpConnection> | undefined;
  const connected = async (): Promise<SFTPWrapper> => {
    connection ??= connectSftp(options);
    return (await connection).sftp;
  };
  const store: RepositoryStore = {
    place,
    size: async (name) =>
      (await statRemote(await connected(), path.join(directory, name)))?.size ?? null,
    async read(name) {
      const sftp = await connected();
      const file = path.join(directory, name);
      const found = await statRemote(sftp, file);
      return found === null ? null : readRemote(sftp, file, found.size);
    },
    async begin() {
      const sftp = await connected();
      await makeRemoteFolder(sftp, path.join(directory, STAGING));
      const lock = await lockPublisher(sftpLockFiles(sftp, { place, directory }), lockTimeoutMs);
      return sessionOf({ store, sftp, directory, lock });
    },
    async close() {
      if (connection !== undefined) (await connection).close();
      connection = undefined;
    },
  };
  return store;
}

interface Remote {
  readonly store: RepositoryStore;
  readonly sftp: SFTPWrapper;
  readonly directory: string;
  readonly lock: PublisherLock;
}

function sessionOf(remote: Remote): StoreSession {
  const { store, sftp, directory, lock } = remote;
  return {
    async write(name, content) {
      await lock.assertHeld();
      await writeImmutable(remote, name, content);
    },
    async commit(timestamp, expected) {
      await lock.assertHeld();
      assertUnmoved(store.place, await readBytes(store, TIMESTAMP_PATH, 2 ** 20), expected);
      if (timestamp !== null) await put(remote, TIMESTAMP_PATH, contentOfBytes(timestamp));
    },
    list: async () => await listFiles(remote),
    async remove(name) {
      await lock.assertHeld();
      await removeRemote(sftp, path.join(directory, name));
    },
    [Symbol.asyncDispose]: async () => await lock[Symbol.asyncDispose](),
  };
}

async function writeImmutable(remote: Remote, name: string, content: Content): Promise<void> {
  const { store } = remote;
  const isThere = (await store.size(name)) !== null;
  if (isThere && (await holds(store, name, content))) return;
  // A target is named by its digest: other bytes under its name are damage, and never another file.
  if (isThere && !name.startsWith('targets/')) throw takenName(store.place, name);
  await put(remote, name, content);
  if (await holds(store, name, content)) return;
  await removeRemote(remote.sftp, path.join(remote.directory, name));
  throw changedWhileStored(store.place, name);
}

async function holds(store: RepositoryStore, name: string, wanted: Content): Promise<boolean> {
  const chunks = await store.read(name);
  if (chunks === null) return false;
  const { size, sha256 } = await measure(chunks);
  return size === wanted.size && sha256 === wanted.sha256;
}

/** Whole or not at all. */
async function put({ sftp, directory }: Remote, name: string, content: Content): Promise<void> {
  const file = path.join(directory, name);
  const staged = path.join(directory, STAGING, randomUUID());
  await makeRemoteFolder(sftp, path.dirname(file));
  try {
    await writeRemote(sftp, staged, content.open());
    await replaceRemote(sftp, staged, file);
  } catch (error) {
    await removeRemote(sftp, staged).catch(() => undefined);
    throw error;
  }
}

async function listFiles({ sftp, directory }: Remote): Promise<readonly StoredEntry[]> {
  const found: StoredEntry[] = [];
  for (const folder of ['metadata', 'targets', STAGING]) {
    for (const { name, ...entry } of await listRemote(sftp, path.join(directory, folder))) {
      found.push({ path: `${folder}/${name}`, ...entry });
    }
  }
  return found;
}
