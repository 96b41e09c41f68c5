import { readdir, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';

/** What can be made again is kept for so long after its last use. */
const KEPT_MS = 7 * 24 * 3600 * 1000;

/** Whether the file is there; if so, it is used now. Its time of change says when it was used last. */
export async function markUsed(file: string): Promise<boolean> {
  const now = new Date();
  return await utimes(file, now, now).then(
    () => true,
    () => false,
  );
}

/** Removes those of the folder's files, named by `isOne`, that nobody has used for a week. */
export async function removeUnused(
  folder: string,
  isOne: (name: string) => boolean,
): Promise<void> {
  for (const name of (await readdir(folder)).filter(isOne)) {
    const file = path.join(folder, name);
    // Another build may just have removed it.
    const found = await stat(file).catch(() => null);
    const isUnused = found !== null && Date.now() - found.mtimeMs > KEPT_MS;
    if (isUnused) await rm(file, { force: true });
  }
}
