import { createHash, hash } from 'node:crypto';
import { readPastCache } from '../../disk/read-past-cache.ts';
import { BLOCK_BYTES } from '../block-table.ts';
import type { BaseTable } from './target.ts';

/** The hashes of an image in a file, for a base whose block table is not at hand. */
export async function imageTable(file: string, signal: AbortSignal): Promise<BaseTable> {
  const whole = createHash('sha256');
  const blocks: { readonly sha256: Uint8Array }[] = [];
  let imageBytes = 0;
  // Chunks are whole blocks, but for the last one.
  for await (const chunk of readPastCache(file)) {
    signal.throwIfAborted();
    whole.update(chunk);
    imageBytes += chunk.length;
    for (let start = 0; start < chunk.length; start += BLOCK_BYTES) {
      blocks.push({ sha256: hash('sha256', chunk.subarray(start, start + BLOCK_BYTES), 'buffer') });
    }
  }
  return { imageBytes, imageSha256: whole.digest(), blocks };
}
