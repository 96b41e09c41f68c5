import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { moveFile } from '../../disk/move-file.ts';
import type { RootDrafts } from '../../release/repository/rotate-keys.ts';

const DRAFT_FILE = 'root.draft.json';

/** In a publisher's folder of keys, from where a person carries it to the machines of the root keys. */
export function rootDraftsIn(directory: string): RootDrafts {
  const place = path.join(directory, DRAFT_FILE);
  return {
    place,
    read: async () => await readOrNull(place),
    write: async (draft) => await writeWhole(place, draft),
    remove: async () => await rm(place, { force: true }),
  };
}

export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${file}.part`, bytes, { flush: true });
  await moveFile(`${file}.part`, file);
}

export async function readOrNull(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
