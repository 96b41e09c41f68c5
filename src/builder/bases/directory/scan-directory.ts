import { constants } from 'node:fs';
import { access, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';

/** What decides how a directory can be read by somebody who is not root. */
export interface DirectoryScan {
  /** Owners and groups that occur, each with the first path that has it, relative to the directory. */
  readonly uids: ReadonlyMap<number, string>;
  readonly gids: ReadonlyMap<number, string>;
  /** The first path that the caller may not read, if there is one. */
  readonly unreadable: string | undefined;
}

/** Kernel file systems and run-time files: a root file system has only their mount points. */
export const MOUNT_POINTS: readonly string[] = ['dev', 'proc', 'sys', 'run'];

export async function scanDirectory(
  directory: string,
  signal: AbortSignal,
): Promise<DirectoryScan> {
  const uids = new Map<number, string>();
  const gids = new Map<number, string>();
  let unreadable: string | undefined;
  const waiting = ['.'];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    signal.throwIfAborted();
    const full = path.join(directory, name);
    const found = await lstat(full);
    if (!uids.has(found.uid)) uids.set(found.uid, name);
    if (!gids.has(found.gid)) gids.set(found.gid, name);
    if (!found.isDirectory() && !found.isFile()) continue;
    if (!(await isReadable(full, found.isDirectory()))) unreadable ??= name;
    else if (found.isDirectory() && !MOUNT_POINTS.includes(name)) {
      waiting.push(...(await readdir(full)).map((child) => path.join(name, child)));
    }
  }
  return { uids, gids, unreadable };
}

async function isReadable(file: string, isDirectory: boolean): Promise<boolean> {
  try {
    await access(file, isDirectory ? constants.R_OK | constants.X_OK : constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
