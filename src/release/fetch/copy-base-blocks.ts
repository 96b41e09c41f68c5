import { BLOCK_BYTES, blockBytes, type BlockTable } from '../block-table.ts';
import type { BlockWriter } from './block-writer.ts';
import { isReadable } from './is-readable.ts';
import type { Base } from './target.ts';

/** Index in the base of each block that the base's own table has, too. */
export function blocksInBase(
  needed: readonly number[],
  table: BlockTable,
  base: Base | null,
): ReadonlyMap<number, number> {
  if (base === null) return new Map();
  const places = new Map(
    base.table.blocks.map(({ sha256 }, index) => [hexOf(sha256), index] as const),
  );
  const found = needed.map((index) => {
    const place = places.get(hexOf(table.blocks[index]?.sha256 ?? new Uint8Array()));
    return [index, place] as const;
  });
  return new Map(found.flatMap(([index, place]) => (place === undefined ? [] : [[index, place]])));
}

export interface CopyRequest {
  readonly table: BlockTable;
  readonly base: Base;
  readonly writer: BlockWriter;
  readonly signal: AbortSignal;
  /** Told after each block. */
  readonly step: () => void;
}

/**
 * Copies blocks out of the base. What is not what its table says, or cannot be read (a bad sector of a disk that is to
 * be upgraded once more), is left for the network to bring.
 */
export async function copyBaseBlocks(
  places: ReadonlyMap<number, number>,
  { table, base, writer, signal, step }: CopyRequest,
): Promise<number> {
  let copied = 0;
  // One is written while the next block is read into the other: they change places only when `put` took one.
  let [raw, other] = [blockBuffer(table), blockBuffer(table)];
  for (const [index, place] of places) {
    signal.throwIfAborted();
    if (writer.isRight(index)) continue;
    const block = raw.subarray(0, blockBytes(table.imageBytes, index));
    const position = place * BLOCK_BYTES;
    if (position + block.length > base.table.imageBytes) continue;
    if (!(await isReadable(base.read(block, position)))) continue;
    if (await writer.put(index, block)) {
      copied += 1;
      [raw, other] = [other, raw];
    }
    step();
  }
  await writer.settle();
  return copied;
}

const blockBuffer = ({ imageBytes }: BlockTable): Buffer =>
  Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, imageBytes));

function hexOf(sha256: Uint8Array): string {
  return Buffer.from(sha256.buffer, sha256.byteOffset, sha256.byteLength).toString('hex');
}
