import { lstat, mkdir, mkdtempDisposable, open, readdir, rename } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a file appear whole or not at all: it is written in a private folder beside its place, flushed, then
 * renamed over what was there. `write` gets a path that ends in the final name.
 */
export async function writeArtifact(
  output: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const directory = path.dirname(output);
  await using scratch = await mkdtempDisposable(path.join(directory, '.kubeos-'));
  const temporary = path.join(scratch.path, path.basename(output));
  await write(temporary);
  await flush(temporary);
  await rename(temporary, output);
  await flush(directory);
}

/**
 * The same for a folder with all that is in it. rename(2) cannot replace a folder that is not empty, so an
 * older one is moved away first; for that moment there is none.
 */
export async function writeArtifactDirectory(
  output: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const directory = path.dirname(output);
  await using scratch = await mkdtempDisposable(path.join(directory, '.kubeos-'));
  const temporary = path.join(scratch.path, path.basename(output));
  await mkdir(temporary);
  await write(temporary);
  await flushTree(temporary);
  if (await exists(output)) await rename(output, path.join(scratch.path, '.replaced'));
  await rename(temporary, output);
  await flush(directory);
}

async function flush(place: string): Promise<void> {
  await using handle = await open(place, 'r');
  await handle.sync();
}

async function flushTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    await flush(path.join(entry.parentPath, entry.name));
  }
  await flush(directory);
}

async function exists(place: string): Promise<boolean> {
  try {
    await lstat(place);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
