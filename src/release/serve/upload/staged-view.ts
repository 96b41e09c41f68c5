import { open } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../../repository/is-missing.ts';
import type { StagedView } from './check-repository.ts';

/** A session's metadata over the published one. */
export function stagedView(directory: string, folder: string): StagedView {
  const published = path.join(directory, 'metadata');
  const staged = path.join(folder, 'metadata');
  return {
    readMetadata: async (name, maxBytes) =>
      (await readUpTo(path.join(staged, name), maxBytes)) ??
      (await readUpTo(path.join(published, name), maxBytes)),
    readPublished: async (name, maxBytes) => await readUpTo(path.join(published, name), maxBytes),
  };
}

/** One byte more than allowed says that there is too much. */
async function readUpTo(file: string, maxBytes: number): Promise<Uint8Array | null> {
  try {
    await using handle = await open(file, 'r');
    const buffer = Buffer.alloc(maxBytes + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
