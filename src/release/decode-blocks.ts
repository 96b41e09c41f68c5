import { hash } from 'node:crypto';
import { KubeosError } from '../errors.ts';
import { blockBytes, type BlockTable } from './block-table.ts';
import { decompressFrame } from './frame.ts';

/**
 * The raw blocks of an image.zst that comes in pieces of any length, in order, each compared with the table. One frame is in
 * memory at a time.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export async function* decodeBlocks(
  compressed: AsyncIterable<Uint8Array>,
  table: BlockTable,
): AsyncGenerator<Buffer> {
  let index = 0;
  for await (const frame of framesOf(compressed, table)) {
    const raw = decompressFrame(frame, blockBytes(table.imageBytes, index));
    const expected = table.blocks[index]?.sha256 ?? '';
    if (!hash('sha256', raw, 'buffer').equals(Buffer.from(expected))) throw differs(index);
    yield raw;
    index += 1;
  }
  if (index !== table.blocks.length) throw differs(index);
}

async function* framesOf(
  compressed: AsyncIterable<Uint8Array>,
  table: BlockTable,
): AsyncGenerator<Buffer> {
  const lengths = table.blocks.values();
  let wanted = lengths.next().value?.frameBytes ?? 0;
  let pending = Buffer.alloc(0);
  for await (const chunk of compressed) {
    // Copied, because a chunk may be overwritten when the next one comes.
    pending = Buffer.concat([pending, chunk]);
    while (wanted > 0 && pending.length >= wanted) {
      yield pending.subarray(0, wanted);
      pending = pending.subarray(wanted);
      wanted = lengths.next().value?.frameBytes ?? 0;
    }
  }
  if (pending.length > 0) throw differs(table.blocks.length);
}

function differs(index: number): KubeosError {
  return new KubeosError(
    'RELEASE_INVALID',
    `image.zst differs from image.blocks in block ${index}`,
    {
      hint: 'build the release again; where it is published, `kubeos repository verify` tells what is damaged',
    },
  );
}
