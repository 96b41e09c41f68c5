import { readFile, stat } from 'node:fs/promises';
import { readPastCache } from '../../disk/read-past-cache.ts';
import { MIB } from '../../disk/layout.ts';
import { isMissing } from './is-missing.ts';

/** Bytes, or null where there is no such file. */
export async function sizeOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/**
 * A file of a repository, read from the disk itself where that matters: images would push all else out of memory, and
 * what was just written has to be seen on the disk. For small ones that would only cost time.
 */
export async function readStored(file: string): Promise<AsyncIterable<Uint8Array> | null> {
  const size = await sizeOf(file);
  if (size === null) return null;
  return size > MIB ? readPastCache(file) : readSmall(file);
}

async function* readSmall(file: string): AsyncGenerator<Uint8Array> {
  yield await readFile(file);
}
