import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import { isMissing } from '../../repository/is-missing.ts';

/** Says that a directory is a cache, and of what. */
const MARKER = '.kubeos-cache';

/**
 * A cache removes files for room: it takes a directory that is empty, or that was a cache of the same repository. So
 * nobody loses the only copy of a repository by a wrong path.
 *
 * @throws KubeosError USAGE
 */
export async function claimCache(directory: string, upstream: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const marker = path.join(directory, MARKER);
  const owner = await readOwner(marker);
  if (owner === upstream) return;
  if (owner !== null) {
    throw new KubeosError('USAGE', `${directory} is a cache of ${owner}, not of ${upstream}`, {
      hint: 'give another directory, or empty this one: it is only a cache',
    });
  }
  if ((await readdir(directory)).length > 0) {
    throw new KubeosError('USAGE', `${directory} is not empty, and no cache`, {
      hint: 'a cache removes files for room: give it an empty directory',
    });
  }
  await writeFile(marker, `${upstream}\n`, { flush: true });
}

async function readOwner(marker: string): Promise<string | null> {
  try {
    return (await readFile(marker, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
