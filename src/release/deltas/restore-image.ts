import { open } from 'node:fs/promises';
import { writeAll } from '../../disk/write-at.ts';
import { BLOCK_BYTES, type BlockTable } from '../block-table.ts';
import { decodeBlocks } from '../decode-blocks.ts';

/**
 * Unpacks an image.zst that comes in pieces into a new file.
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
  for await (const raw of decodeBlocks(compressed, table)) {
    await writeAll(file, raw, index * BLOCK_BYTES);
    index += 1;
  }
}
