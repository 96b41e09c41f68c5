import { hash } from 'node:crypto';
import { BLOCK_BYTES, blockBytes, type BlockTable } from '../block-table.ts';
import type { Target } from './target.ts';

/** Blocks written between two flushes: a disk that is slow is waited for in steps, not for minutes at the end. */
const BLOCKS_PER_FLUSH = 32;

/** The only way to the target: nothing is written there that the block table does not name. */
export interface BlockWriter {
  /** Whether the target holds the right bytes of that block already. */
  isRight(index: number): boolean;
  /** Blocks that are not right yet, in rising order. */
  missing(): number[];
  missingCount(): number;
  /** The first of these from that index on, or null. */
  nextMissing(from: number): number | null;
  /**
   * Compares the block with the table, then writes it. The bytes must not change until the next call.
   *
   * @returns false, and nothing written, when it is not the right one
   */
  put(index: number, raw: Uint8Array): Promise<boolean>;
  /** Waits until what was put can be read back, and its bytes may change. */
  readonly settle: () => Promise<void>;
  /** Writes out, and flushes: also what was right before, because whoever wrote it may not have come to that. */
  readonly finish: () => Promise<void>;
  written(): number;
}

export function blockWriter(
  target: Target,
  table: BlockTable,
  right: readonly boolean[],
): BlockWriter {
  const isRight = [...right];
  let writing: Promise<void> = Promise.resolve();
  let written = 0;
  let missingCount = isRight.filter((is) => !is).length;
  const write = async (raw: Uint8Array, index: number): Promise<void> => {
    await target.write(raw, index * BLOCK_BYTES);
    written += 1;
    if (written % BLOCKS_PER_FLUSH === 0) await target.flush();
  };
  return {
    isRight: (index) => isRight[index] === true,
    missing: () => [...isRight.keys()].filter((index) => isRight[index] !== true),
    missingCount: () => missingCount,
    nextMissing: (from) => {
      const found = isRight.indexOf(false, from);
      return found === -1 ? null : found;
    },
    written: () => written,
    async put(index, raw) {
      if (!matches(table, index, raw)) return false;
      // The next block is read and decoded while this one is written.
      await writing;
      writing = write(raw, index);
      writing.catch(() => undefined); // thrown by the next call
      if (isRight[index] === false) missingCount -= 1;
      isRight[index] = true;
      return true;
    },
    settle: async () => await writing,
    finish: async () => {
      await writing;
      await target.flush();
    },
  };
}

/** Whether these are the bytes of that block. */
export function matches(table: BlockTable, index: number, raw: Uint8Array): boolean {
  const block = table.blocks[index];
  if (block === undefined || raw.length !== blockBytes(table.imageBytes, index)) return false;
  return hash('sha256', raw, 'buffer').equals(block.sha256);
}
