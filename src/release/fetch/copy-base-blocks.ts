import { BLOCK_BYTES, blockBytes, type BlockTable } from '../block-table.ts';
import type { BlockWriter } from './block-writer.ts';
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

/** Copies blocks out of the base. What is not what its table says is left for the network to bring. */
export async function copyBaseBlocks(
  places: ReadonlyMap<number, number>,
  { table, base, writer, signal, step }: CopyRequest,
): Promise<number> {
  let copied = 0;
  for (const [index, place] of places) {
    signal.throwIfAborted();
    if (writer.isRight(index)) continue;
    const raw = Buffer.allocUnsafe(blockBytes(table.imageBytes, index));
    const position = place * BLOCK_BYTES;
    if (position + raw.length > base.table.imageBytes) continue;
    await base.read(raw, position);
    if (await writer.put(index, raw)) copied += 1;
    step();
  }
  return copied;
}

function hexOf(sha256: Uint8Array): string {
  return Buffer.from(sha256.buffer, sha256.byteOffset, sha256.byteLength).toString('hex');
}
