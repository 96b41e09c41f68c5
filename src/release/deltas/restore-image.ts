import { hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { writeAll } from '../../disk/write-at.ts';
import { KubeosError } from '../../errors.ts';
import { BLOCK_BYTES, blockBytes, type BlockTable } from '../block-table.ts';
import { decompressFrame } from '../frame.ts';

/**
 * Unpacks an image.zst that comes in pieces into a file, each block compared with the table.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export async function restoreImage(
  compressed: AsyncIterable<Uint8Array>,
  table: BlockTable,
  output: string,
): Promise<void> {
  await using file = await open(output, 'wx');
  let index = 0;
  for await (const frame of framesOf(compressed, table)) {
    const raw = decompressFrame(frame, blockBytes(table.imageBytes, index));
    const expected = table.blocks[index]?.sha256 ?? '';
    if (!hash('sha256', raw, 'buffer').equals(Buffer.from(expected))) throw damaged();
    await writeAll(file, raw, index * BLOCK_BYTES);
    index += 1;
  }
  if (index !== table.blocks.length) throw damaged();
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
  if (pending.length > 0) throw damaged();
}

function damaged(): KubeosError {
  return new KubeosError('RELEASE_INVALID', 'image.zst is not what its block table says', {
    hint: 'verify the repository: `kubeos repository verify`',
  });
}
