import { createHash, hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { BlockTable } from '../block-table.ts';
import { applyPack } from './apply-pack.ts';
import { invalidPack, type PackImages } from './pack-format.ts';
import { packReader, readOperationTable } from './pack-reader.ts';
import { positionalReader } from './positional-reader.ts';

export interface CheckPackRequest {
  /** The pack and the two root images, as files. */
  readonly pack: string;
  readonly base: string;
  readonly image: string;
  readonly images: PackImages;
  /** Of the new image. */
  readonly table: BlockTable;
  readonly signal?: AbortSignal;
}

/**
 * Does with a pack what a node will do, and compares every block with the release's table. Nothing is written: what
 * the pack repeats of its output is read from the image that it has been found equal to so far.
 *
 * @throws KubeosError RELEASE_INVALID when a node could not make the image of it
 */
export async function checkPack(request: CheckPackRequest): Promise<void> {
  const { images, table, signal } = request;
  await using base = await open(request.base);
  await using image = await open(request.image);
  await using file = await open(request.pack);
  if ((await sha256Of(base)) !== images.baseSha256) throw wrongBase(request.base);
  const { size } = await file.stat();
  const pack = packReader(file.createReadStream({ highWaterMark: 2 ** 20, autoClose: false }));
  const operations = await readOperationTable(pack, { ...images, packBytes: size });
  const readers = { base: positionalReader(base), output: positionalReader(image) };
  for await (const { index, bytes } of applyPack({ table: operations, pack, ...readers })) {
    signal?.throwIfAborted();
    const expected = table.blocks[index]?.sha256;
    if (expected === undefined || !hash('sha256', bytes, 'buffer').equals(expected)) {
      throw invalidPack(`makes another block ${index} than the image has`);
    }
  }
}

async function sha256Of(file: FileHandle): Promise<string> {
  const digest = createHash('sha256');
  const options = { start: 0, highWaterMark: 2 ** 20, autoClose: false };
  const chunks: AsyncIterable<Uint8Array> = file.createReadStream(options);
  for await (const chunk of chunks) digest.update(chunk);
  return digest.digest('hex');
}

/** Nodes have the base that its manifest names, whatever this pack was made from. */
function wrongBase(file: string): KubeosError {
  return new KubeosError(
    'RELEASE_INVALID',
    `${file} is not the root image that its manifest names`,
  );
}

/** A pack saves a node from fetching image.zst; where it saves little, it is not worth its place on the server. */
const MOST_OF_FULL_IMAGE = 0.6;

/** Whether a pack of that size should be published beside an image.zst of that size (bytes). */
export function isWorthPublishing(packBytes: number, fullBytes: number): boolean {
  return packBytes <= MOST_OF_FULL_IMAGE * fullBytes;
}
