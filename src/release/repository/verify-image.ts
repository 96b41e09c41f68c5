import { createHash, hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { blockBytes, decodeBlockTable, type Block } from '../block-table.ts';
import { decompressFrame } from '../frame.ts';
import type { Manifest } from '../manifest.ts';
import { readBounded } from './read-bounded.ts';

/**
 * Unpacks image.zst frame by frame and compares it with image.blocks, and both with the manifest. One frame is in
 * memory at a time.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export async function verifyImage(folder: string, manifest: Manifest): Promise<void> {
  const { image, full } = manifest;
  const { blocks } = await readTable(folder, manifest);
  await using file = await open(path.join(folder, 'image.zst'), 'r');
  const { size } = await file.stat();
  if (size !== full.size) throw differs('image.zst', `has ${size} bytes, expected ${full.size}`);
  const compressed = createHash('sha256');
  const raw = createHash('sha256');
  let position = 0;
  for (const [index, block] of blocks.entries()) {
    const frame = await readFrame(file, position, block.frameBytes);
    compressed.update(frame);
    raw.update(decodeBlock(frame, block, { index, size: blockBytes(image.size, index) }));
    position += block.frameBytes;
  }
  if (compressed.digest('hex') !== full.sha256) throw differs('image.zst', 'is of another release');
  if (raw.digest('hex') !== image.sha256) throw differs('image.zst', 'holds another image');
}

async function readTable(folder: string, { image, blocks, full }: Manifest) {
  const bytes = await readBounded(path.join(folder, 'image.blocks'), blocks.size);
  if (hash('sha256', bytes) !== blocks.sha256)
    throw differs('image.blocks', 'is of another release');
  return decodeBlockTable(bytes, {
    imageBytes: image.size,
    imageSha256: image.sha256,
    compressedBytes: full.size,
  });
}

async function readFrame(file: FileHandle, position: number, size: number): Promise<Buffer> {
  const frame = Buffer.alloc(size);
  const { bytesRead } = await file.read(frame, 0, size, position);
  if (bytesRead !== size) throw differs('image.zst', 'was cut short');
  return frame;
}

function decodeBlock(
  frame: Uint8Array,
  block: Block,
  { index, size }: { readonly index: number; readonly size: number },
): Buffer {
  const raw = decompressFrame(frame, size);
  if (hash('sha256', raw, 'buffer').equals(block.sha256)) return raw;
  throw differs('image.zst', `differs from image.blocks in block ${index}`);
}

function differs(file: string, why: string): KubeosError {
  return new KubeosError('RELEASE_INVALID', `${file} ${why}`, {
    hint: 'build the release again; nothing was published',
  });
}
