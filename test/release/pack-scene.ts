import { createHash, hash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BLOCK_BYTES, blockBytes } from '../../src/release/block-table.ts';
import { applyPack, resumePoint, type ApplyRequest } from '../../src/release/pack/apply-pack.ts';
import { makePack, type MakePackRequest } from '../../src/release/pack/make-pack.ts';
import type { ExpectedPack, PackImages } from '../../src/release/pack/pack-format.ts';
import { packReader, readOperationTable } from '../../src/release/pack/pack-reader.ts';
import type { PositionalReader } from '../../src/release/pack/positional-reader.ts';

export const sha256 = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

export interface Images {
  readonly base: Buffer;
  readonly image: Buffer;
}

/** Writes both images into a folder and makes the pack between them. */
export async function makePackIn(dir: string, { base, image }: Images, name = 'pack.kdp') {
  const images: PackImages = {
    baseBytes: base.length,
    baseSha256: sha256(base),
    imageBytes: image.length,
    imageSha256: sha256(image),
  };
  const files = { base: path.join(dir, 'base.img'), image: path.join(dir, 'new.img') };
  await writeFile(files.base, base);
  await writeFile(files.image, image);
  const request: MakePackRequest = {
    ...files,
    images,
    output: path.join(dir, name),
    parameters: { level: 3 },
  };
  const made = await makePack(request);
  const pack = await readFile(request.output);
  return { request, made, pack, expected: { ...images, packBytes: pack.length } };
}

const readerOf =
  (bytes: Uint8Array): PositionalReader =>
  async (target, position) => {
    target.set(bytes.subarray(position, position + target.length));
  };

/** A pack in pieces of that many bytes, as a network brings it. */
export async function* piecesOf(bytes: Buffer, length = 7777): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

export interface Applied {
  readonly pack: Buffer;
  readonly base: Buffer;
  readonly expected: ExpectedPack;
}

/** Makes the image, or what `output` does not hold of it yet. */
export async function applyToMemory(
  { pack, base, expected }: Applied,
  from = 0,
  output = Buffer.alloc(expected.imageBytes),
) {
  const reader = packReader(piecesOf(pack));
  const table = await readOperationTable(reader, expected);
  const point = resumePoint(table, from);
  const request: ApplyRequest = {
    table,
    pack: from === 0 ? reader : packReader(piecesOf(pack.subarray(point.packOffset))),
    base: readerOf(base),
    output: readerOf(output),
    from: point,
  };
  let next = from;
  for await (const { index, bytes } of applyPack(request)) {
    if (index !== next || bytes.length !== blockBytes(expected.imageBytes, index))
      throw new Error('a wrong block');
    output.set(bytes, index * BLOCK_BYTES);
    next += 1;
  }
  return output;
}

/** Something like files: runs of a few words, noise, zeros. */
export function content(seed: number, bytes: number): Buffer {
  const words = Array.from({ length: 40 }, (_, index) =>
    hash('sha256', `${seed} ${index}`, 'hex').slice(0, 5 + index),
  );
  const parts: string[] = [];
  let state = seed;
  for (let length = 0; length < bytes; length += parts.at(-1)?.length ?? 0) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    parts.push(words[(state >>> 16) % words.length] ?? '');
  }
  return Buffer.from(parts.join('')).subarray(0, bytes);
}
