import type { Stats } from 'node:fs';
import { link, open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { flush } from '../../disk/flush-tree.ts';
import { KubeosError } from '../../errors.ts';

/**
 * A file that is replaced as a whole, and can be put back without any free space: its new text lies beside it before, and
 * what it was stays beside it under a second name. Every step may be repeated.
 */
export async function stageFile(file: string, text: string): Promise<void> {
  const { fresh, old } = besides(file);
  await forgetStaged(file);
  const before = await stat(file).catch(noFile);
  {
    await using made = await openFresh(fresh);
    await belongLike(made, before);
    await made.writeFile(text);
    await made.sync();
  }
  if (before !== null) await link(file, old);
  await flush(path.dirname(file));
}

/** Owner and mode of the file before, or those of a file that everybody may read. */
async function belongLike(made: FileHandle, before: Stats | null): Promise<void> {
  const { uid, gid } = await made.stat();
  const isOther = before !== null && (uid !== before.uid || gid !== before.gid);
  if (isOther) await made.chown(before.uid, before.gid);
  await made.chmod(before === null ? 0o644 : before.mode & 0o7777);
}

/** While it is empty nobody else may open it: the file before may hold a password. */
async function openFresh(fresh: string): Promise<FileHandle> {
  try {
    return await open(fresh, 'wx', 0o600);
  } catch (cause) {
    noFile(cause);
    const directory = path.dirname(fresh);
    throw new KubeosError('HOST_NOT_READY', `this image has no ${directory}`, {
      cause,
      hint: `put a file into ${directory} with the image, under files of its definition`,
    });
  }
}

/** The new text takes the file's name. */
export async function replaceByStaged(file: string): Promise<void> {
  await rename(besides(file).fresh, file);
  await flush(path.dirname(file));
}

/** As it was before it was staged; `existed` says whether there was one. */
export async function putBack(file: string, existed: boolean): Promise<void> {
  const { old } = besides(file);
  if (existed && (await isKept(file))) {
    await rename(old, file);
    // rename(2) does nothing where both are names of one file.
    await rm(old, { force: true });
  }
  if (!existed) await rm(file, { force: true });
  await flush(path.dirname(file));
  await forgetStaged(file);
}

/** Whether what it was lies beside it. */
export async function isKept(file: string): Promise<boolean> {
  return (await stat(besides(file).old).catch(noFile)) !== null;
}

/** Takes away what lies beside it. */
export async function forgetStaged(file: string): Promise<void> {
  const { fresh, old } = besides(file);
  const isClean = (await stat(fresh).catch(noFile)) === null && !(await isKept(file));
  if (isClean) return;
  await rm(fresh, { force: true });
  await rm(old, { force: true });
  await flush(path.dirname(file));
}

/** Names that neither systemd-sysctl nor pam_limits reads: they take what ends in .conf and does not begin with a dot. */
function besides(file: string): { readonly fresh: string; readonly old: string } {
  const name = path.join(path.dirname(file), `.${path.basename(file)}`);
  return { fresh: `${name}.kubeos-new`, old: `${name}.kubeos-old` };
}

/** @throws what is no "no such file" */
function noFile(error: unknown): null {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
  throw error;
}
