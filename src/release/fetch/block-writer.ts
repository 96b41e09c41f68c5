import { hash } from 'node:crypto';
import { BLOCK_BYTES, blockBytes, type BlockTable } from '../block-table.ts';
import { freeBytes } from '../free-bytes.ts';
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
  /** The same for bytes that are given away: their memory is freed as soon as they are written, or refused. */
  take(index: number, raw: Uint8Array): Promise<boolean>;
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
  const behind = writeBehind(target);
  let missingCount = isRight.filter((is) => !is).length;
  const put = async (index: number, raw: Uint8Array, done: Done): Promise<boolean> => {
    if (!matches(table, index, raw)) {
      done(raw);
      return false;
    }
    await behind.write(index, raw, done);
    if (isRight[index] === false) missingCount -= 1;
    isRight[index] = true;
    return true;
  };
  return {
    isRight: (index) => isRight[index] === true,
    missing: () => [...isRight.keys()].filter((index) => isRight[index] !== true),
    missingCount: () => missingCount,
    nextMissing: (from) => {
      const found = isRight.indexOf(false, from);
      return found === -1 ? null : found;
    },
    written: behind.written,
    put: async (index, raw) => await put(index, raw, () => {}),
    take: async (index, raw) => await put(index, raw, freeBytes),
    settle: behind.settle,
    finish: async () => {
      await behind.settle();
      await target.flush();
    },
  };
}

/** What becomes of the bytes of a block that was written, or refused. */
type Done = (raw: Uint8Array) => void;

/** One block is written while the next is read and decoded. A failure is thrown by the next call. */
function writeBehind(target: Target) {
  let writing: Promise<void> = Promise.resolve();
  let written = 0;
  const write = async (index: number, raw: Uint8Array, done: Done): Promise<void> => {
    await target.write(raw, index * BLOCK_BYTES);
    done(raw);
    written += 1;
    if (written % BLOCKS_PER_FLUSH === 0) await target.flush();
  };
  return {
    async write(index: number, raw: Uint8Array, done: Done): Promise<void> {
      await writing;
      writing = write(index, raw, done);
      writing.catch(() => undefined);
    },
    settle: async (): Promise<void> => await writing,
    written: () => written,
  };
}

/** What was right when the work failed is kept, on the disk. */
export async function finishing<T>(writer: BlockWriter, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } finally {
    await writer.finish();
  }
}

/** Whether these are the bytes of that block. */
export function matches(table: BlockTable, index: number, raw: Uint8Array): boolean {
  const block = table.blocks[index];
  if (block === undefined || raw.length !== blockBytes(table.imageBytes, index)) return false;
  return hash('sha256', raw, 'buffer').equals(block.sha256);
}
