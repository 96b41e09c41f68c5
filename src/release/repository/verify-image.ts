import { createHash, hash, type Hash } from 'node:crypto';
import path from 'node:path';
import { readPastCache } from '../../disk/read-past-cache.ts';
import { KubeosError } from '../../errors.ts';
import { decodeBlockTable, type BlockTable } from '../block-table.ts';
import { decodeBlocks } from '../decode-blocks.ts';
import { expectedTable, type Manifest } from '../manifest.ts';
import { missingFile, readBounded } from './read-bounded.ts';
import { sizeOf } from './read-stored.ts';

/**
 * Unpacks image.zst frame by frame and compares it with image.blocks, and both with the manifest. One frame is in
 * memory at a time.
 *
 * @throws KubeosError RELEASE_INVALID
 */
export async function verifyImage(folder: string, manifest: Manifest): Promise<void> {
  const { image, full } = manifest;
  const table = await readTable(folder, manifest);
  const compressed = createHash('sha256');
  const raw = createHash('sha256');
  const chunks = through(compressed, await imageChunks(folder, manifest));
  for await (const block of decodeBlocks(chunks, table)) raw.update(block);
  if (compressed.digest('hex') !== full.sha256) throw differs('image.zst', 'is of another release');
  if (raw.digest('hex') !== image.sha256) throw differs('image.zst', 'holds another image');
}

/** The block table of a release folder, as its manifest names it. @throws KubeosError RELEASE_INVALID */
export async function readTable(folder: string, manifest: Manifest): Promise<BlockTable> {
  const { blocks } = manifest;
  const bytes = await readBounded(path.join(folder, 'image.blocks'), blocks.size);
  if (hash('sha256', bytes) !== blocks.sha256)
    throw differs('image.blocks', 'is of another release');
  return decodeBlockTable(bytes, expectedTable(manifest));
}

/** The bytes of image.zst of a release folder, which has that length. @throws KubeosError RELEASE_INVALID */
export async function imageChunks(
  folder: string,
  { full }: Manifest,
): Promise<AsyncIterable<Uint8Array>> {
  const file = path.join(folder, 'image.zst');
  const size = await sizeOf(file);
  if (size === null) throw missingFile(file);
  if (size !== full.size) throw differs('image.zst', `has ${size} bytes, expected ${full.size}`);
  return readPastCache(file);
}

async function* through(sum: Hash, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    sum.update(chunk);
    yield chunk;
  }
}

function differs(file: string, why: string): KubeosError {
  return new KubeosError('RELEASE_INVALID', `${file} ${why}`, {
    hint: 'build the release again; nothing was published',
  });
}
