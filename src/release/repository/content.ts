import { createHash } from 'node:crypto';
import { readPastCache } from '../../disk/read-past-cache.ts';
import type { Content } from './repository-store.ts';

export function contentOfBytes(bytes: Uint8Array): Content {
  return {
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    async *open() {
      yield bytes;
    },
  };
}

/** A local file whose size and digest are known already. */
export function contentOfFile(file: string, pinned: Omit<Content, 'open'>): Content {
  return { ...pinned, open: () => readPastCache(file) };
}

export interface Measured {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Reads to the end, or until there is more than `maxBytes`. */
export async function measure(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes = Number.MAX_SAFE_INTEGER,
): Promise<Measured> {
  const sha256 = createHash('sha256');
  let size = 0;
  for await (const chunk of chunks) {
    sha256.update(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { size, sha256: sha256.digest('hex') };
}
