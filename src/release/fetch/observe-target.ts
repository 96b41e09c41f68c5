import { hash } from 'node:crypto';
import { BLOCK_BYTES, blockBytes, type BlockTable } from '../block-table.ts';
import { matches } from './block-writer.ts';
import { isReadable } from './is-readable.ts';
import type { Target } from './target.ts';

/**
 * Which blocks of the target are right already: after an interruption, a reboot, or another release. The same says
 * whether a whole image was written as it should be.
 */
export async function observeTarget(
  target: Target,
  table: BlockTable,
  signal: AbortSignal,
): Promise<readonly boolean[]> {
  const buffer = Buffer.alloc(Math.min(BLOCK_BYTES, table.imageBytes));
  if (target.isBlank) return blankBlocks(table, buffer);
  const right: boolean[] = [];
  for (const index of table.blocks.keys()) {
    signal.throwIfAborted();
    const raw = buffer.subarray(0, blockBytes(table.imageBytes, index));
    // What cannot be read is written: that is how a disk gets rid of a bad sector.
    const isThere = await isReadable(target.read(raw, index * BLOCK_BYTES));
    right.push(isThere && matches(table, index, raw));
  }
  return right;
}

/** In a file that was made just now the blocks of zeros are right, and nothing has to be read to know it. */
function blankBlocks(table: BlockTable, zeros: Buffer): readonly boolean[] {
  const last = table.blocks.length - 1;
  const zeroSha256 = hash('sha256', zeros, 'buffer');
  return table.blocks.map(({ sha256 }, index) =>
    index === last
      ? matches(table, index, zeros.subarray(0, blockBytes(table.imageBytes, index)))
      : zeroSha256.equals(sha256),
  );
}
