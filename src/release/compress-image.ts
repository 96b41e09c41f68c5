import { createHash, hash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { readPastCache } from '../disk/read-past-cache.ts';
import { writeAll } from '../disk/write-at.ts';
import { BLOCK_BYTES, type Block, type BlockTable } from './block-table.ts';
import { compressFrame } from './frame.ts';

export interface CompressRequest {
  /** The root image. */
  readonly image: string;
  /** image.zst, made anew. */
  readonly output: string;
  /** zstd's, 1 to 19. */
  readonly level: number;
}

export interface CompressedImage {
  readonly table: BlockTable;
  /** Of image.zst: bytes, and lower-case hex. */
  readonly size: number;
  readonly sha256: string;
}

/**
 * Writes a root image as frames of 1 MiB each. Frames are compressed on all processors and written in order: the
 * bytes depend on image, level and the zstd of this Node alone.
 */
export async function compressImage(request: CompressRequest): Promise<CompressedImage> {
  const raw = createHash('sha256');
  const compressed = createHash('sha256');
  const blocks: Block[] = [];
  let imageBytes = 0;
  let size = 0;
  await using output = await open(request.output, 'wx');
  for await (const { frame, block, rawBlock } of framesOf(request)) {
    raw.update(rawBlock);
    compressed.update(frame);
    blocks.push(block);
    imageBytes += rawBlock.length;
    await writeAll(output, frame, size);
    size += frame.length;
  }
  const table = { imageBytes, imageSha256: raw.digest(), blocks };
  return { table, size, sha256: compressed.digest('hex') };
}

interface Frame {
  readonly frame: Buffer;
  readonly block: Block;
  readonly rawBlock: Uint8Array;
}

async function* framesOf({ image, level }: CompressRequest): AsyncGenerator<Frame> {
  const queue: Promise<Frame>[] = [];
  for await (const rawBlock of blocksOf(image)) {
    const frame = makeFrame(rawBlock, level);
    frame.catch(() => undefined); // reported when its turn comes
    queue.push(frame);
    const first = queue.length > 2 * availableParallelism() ? queue.shift() : undefined;
    if (first !== undefined) yield await first;
  }
  for (const frame of queue) yield await frame;
}

async function makeFrame(rawBlock: Uint8Array, level: number): Promise<Frame> {
  const frame = await compressFrame(rawBlock, level);
  const sha256 = hash('sha256', rawBlock, 'buffer');
  return { frame, rawBlock, block: { frameBytes: frame.length, sha256 } };
}

/** Copies, because a chunk that was read is overwritten soon. */
async function* blocksOf(image: string): AsyncGenerator<Uint8Array> {
  for await (const chunk of readPastCache(image)) {
    for (let start = 0; start < chunk.length; start += BLOCK_BYTES) {
      yield Uint8Array.from(chunk.subarray(start, start + BLOCK_BYTES));
    }
  }
}
