import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { decodeBlockTable, type BlockTable } from '../../src/release/block-table.ts';
import { parseManifest, type Manifest } from '../../src/release/manifest.ts';
import type { PackImages } from '../../src/release/pack/pack-format.ts';

/** A release of `kubeos build`, with its root image unpacked. */
export interface UnpackedRelease {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly table: BlockTable;
  readonly image: string;
}

export interface Pair {
  readonly base: UnpackedRelease;
  readonly image: UnpackedRelease;
  readonly images: PackImages;
}

/** @param folders - the two release folders */
export function loadPair(folders: readonly [string, string], work: string): Pair {
  const base = unpack(folders[0], path.join(work, 'base.img'));
  const image = unpack(folders[1], path.join(work, 'new.img'));
  return {
    base,
    image,
    images: {
      baseBytes: base.manifest.image.size,
      baseSha256: base.manifest.image.sha256,
      imageBytes: image.manifest.image.size,
      imageSha256: image.manifest.image.sha256,
    },
  };
}

/** The same, when the images lie there already: for the processes that are measured. */
function unpack(folder: string, image: string): UnpackedRelease {
  if (!existsSync(image)) {
    execFileSync('zstd', ['-q', '-d', '-o', image, path.join(folder, 'image.zst')]);
  }
  const manifest = parseManifest(readFileSync(path.join(folder, 'manifest.json')));
  const table = decodeBlockTable(readFileSync(path.join(folder, 'image.blocks')), {
    imageBytes: manifest.image.size,
    imageSha256: manifest.image.sha256,
    compressedBytes: manifest.full.size,
  });
  return { folder, manifest, table, image };
}
