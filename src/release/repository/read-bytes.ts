import type { ReadMetadata } from '../metadata/read-metadata.ts';
import type { RepositoryStore } from './repository-store.ts';

/** A small file; null where there is none. One byte more than `maxBytes` at most, for the caller to refuse. */
export async function readBytes(
  store: RepositoryStore,
  path: string,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const chunks = await store.read(path);
  if (chunks === null) return null;
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    parts.push(Uint8Array.from(chunk));
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return Buffer.concat(parts).subarray(0, maxBytes + 1);
}

/** How verification reads the metadata of a store. */
export function metadataOf(store: RepositoryStore): ReadMetadata {
  return async (file, maxBytes) => await readBytes(store, `metadata/${file}`, maxBytes);
}
