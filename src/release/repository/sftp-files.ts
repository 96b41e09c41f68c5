import path from 'node:path/posix';
import type { SFTPWrapper } from 'ssh2';
import { KubeosError } from '../../errors.ts';
import { isMissing } from './is-missing.ts';
import { act, ask, withHandle } from './sftp-calls.ts';
import { isUnsupported } from './sftp-transfer.ts';

export interface RemoteEntry {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** By the server's clock, milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Null where there is no such file. */
export async function statRemote(
  sftp: SFTPWrapper,
  file: string,
): Promise<Omit<RemoteEntry, 'name'> | null> {
  try {
    const { size, mtime } = await ask<{ readonly size: number; readonly mtime: number }>(
      sftp,
      (done) => sftp.stat(file, done),
    );
    return { size, modifiedMs: mtime * 1000 };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * Renames over a file that is there, at once (posix-rename@openssh.com).
 *
 * @throws KubeosError USAGE when the server cannot
 */
export async function replaceRemote(sftp: SFTPWrapper, from: string, to: string): Promise<void> {
  try {
    await act(sftp, (done) => sftp.ext_openssh_rename(from, to, done));
  } catch (cause) {
    if (!isUnsupported(cause)) throw cause;
    throw new KubeosError('USAGE', 'this SFTP server cannot replace a file at once', {
      cause,
      hint: 'it lacks posix-rename@openssh.com; publish to a directory and copy it, timestamp.json last',
    });
  }
}

/**
 * Renames to a name that is free; false where it is taken. Without the extension a rename never replaces (draft 02,
 * 6.5): OpenSSH links and unlinks.
 */
export async function renameToFree(sftp: SFTPWrapper, from: string, to: string): Promise<boolean> {
  try {
    await act(sftp, (done) => sftp.rename(from, to, done));
    return true;
  } catch (error) {
    if ((await statRemote(sftp, to)) !== null) return false;
    throw error;
  }
}

/** Writes what is in it again: so the time of the file is the server's. */
export async function touchRemote(sftp: SFTPWrapper, file: string): Promise<void> {
  await withHandle(sftp, { file, flags: 'r+' }, async (handle) => {
    const first = Buffer.alloc(1);
    const count = await ask<number>(sftp, (done) => sftp.read(handle, first, 0, 1, 0, done));
    if (count === 1) await act(sftp, (done) => sftp.write(handle, first, 0, 1, 0, done));
  });
}

export async function removeRemote(sftp: SFTPWrapper, file: string): Promise<void> {
  try {
    await act(sftp, (done) => sftp.unlink(file, done));
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

export async function makeRemoteFolder(sftp: SFTPWrapper, folder: string): Promise<void> {
  if ((await statRemote(sftp, folder)) !== null) return;
  const parent = path.dirname(folder);
  if (parent !== folder) await makeRemoteFolder(sftp, parent);
  try {
    await act(sftp, (done) => sftp.mkdir(folder, done));
  } catch (cause) {
    // Another publisher may have been faster.
    if ((await statRemote(sftp, folder)) !== null) return;
    if (!isMissing(cause)) throw cause;
    throw new KubeosError('USAGE', `the SFTP server makes no directory ${folder}`, {
      cause,
      hint: 'a file lies on the way to it, perhaps: name another directory',
    });
  }
}

/** Files in a folder; none where there is no such folder. */
export async function listRemote(
  sftp: SFTPWrapper,
  folder: string,
): Promise<readonly RemoteEntry[]> {
  try {
    const found = await ask<readonly FileEntry[]>(sftp, (done) => sftp.readdir(folder, done));
    return found
      .filter(({ attrs }) => (attrs.mode & 0o170000) === 0o100000)
      .map(({ filename, attrs }) => ({
        name: filename,
        size: attrs.size,
        modifiedMs: attrs.mtime * 1000,
      }));
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

interface FileEntry {
  readonly filename: string;
  readonly attrs: { readonly mode: number; readonly size: number; readonly mtime: number };
}
