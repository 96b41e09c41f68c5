import { randomUUID } from 'node:crypto';
import path from 'node:path/posix';
import type { SFTPWrapper } from 'ssh2';
import type { LockFiles } from './publisher-lock.ts';
import {
  removeRemote,
  renameToFree,
  replaceRemote,
  statRemote,
  touchRemote,
} from './sftp-files.ts';
import { readRemote, writeRemote } from './sftp-transfer.ts';
import { isMissing } from './is-missing.ts';

/** The lock of a repository on a server, in its directory. */
export function sftpLockFiles(
  sftp: SFTPWrapper,
  { place, directory }: { readonly place: string; readonly directory: string },
): LockFiles {
  const fileOf = (name: string): string => path.join(directory, name);
  return {
    place,
    create: async (name, text) => await createWhole(sftp, fileOf(name), text),
    async read(name) {
      try {
        return await readLock(sftp, fileOf(name));
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
    renew: async (name) => await touchRemote(sftp, fileOf(name)),
    rename: async (from, to) => await replaceRemote(sftp, fileOf(from), fileOf(to)),
    remove: async (name) => await removeRemote(sftp, fileOf(name)),
  };
}

/** A file that is there is whole. */
async function createWhole(sftp: SFTPWrapper, file: string, text: string): Promise<boolean> {
  const whole = `${file}.${randomUUID()}`;
  await writeText(sftp, whole, text);
  if (await renameToFree(sftp, whole, file)) return true;
  await removeRemote(sftp, whole);
  return false;
}

async function readLock(sftp: SFTPWrapper, file: string) {
  const found = await statRemote(sftp, file);
  if (found === null) return null;
  const parts = await Array.fromAsync(readRemote(sftp, file, Math.min(found.size, 2 ** 12)));
  const ageMs = (await serverTime(sftp, file)) - found.modifiedMs;
  return { text: Buffer.concat(parts).toString(), ageMs };
}

/** What the server's clock says: the time of a file that was just made. */
async function serverTime(sftp: SFTPWrapper, near: string): Promise<number> {
  const probe = `${near}.${randomUUID()}`;
  await writeText(sftp, probe, 'time');
  const found = await statRemote(sftp, probe);
  await removeRemote(sftp, probe);
  return found?.modifiedMs ?? 0;
}

async function writeText(sftp: SFTPWrapper, file: string, text: string): Promise<void> {
  await writeRemote(sftp, file, textChunks(text));
}

async function* textChunks(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}
