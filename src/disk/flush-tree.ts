import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Flushes a file, or a folder with all that is in it, to the disk (fsync(2)): after this a rename is the last step. */
export async function flushTree(place: string): Promise<void> {
  if ((await stat(place)).isDirectory()) {
    for (const name of await readdir(place)) await flushTree(path.join(place, name));
  }
  await flush(place);
}

/** Flushes one file, or the names in one folder. */
export async function flush(place: string): Promise<void> {
  await using handle = await open(place, 'r');
  await handle.sync();
}
