import { createHash } from 'node:crypto';
import { KubeosError } from '../../errors.ts';
import { decodeBlockTable, tableBytes, type BlockTable } from '../block-table.ts';
import { expectedTable, MAX_MANIFEST_BYTES, parseManifest, type Manifest } from '../manifest.ts';
import { fileName, storedPath } from '../metadata/target-name.ts';
import { SourceError, type Source } from './source.ts';

/** What has to be known of a release before the first block: all of it follows from its digest. */
export interface LoadedRelease {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly table: BlockTable;
  /** image.zst in the source. */
  readonly imagePath: string;
}

/** @throws KubeosError NETWORK, RELEASE_INVALID */
export async function loadRelease(
  source: Source,
  digest: string,
  signal: AbortSignal,
): Promise<LoadedRelease> {
  const manifest = await loadManifest(source, digest, signal);
  const { image, blocks } = manifest;
  // The table's length follows from the image's: nothing longer is ever read.
  if (blocks.size !== tableBytes(image.size)) {
    throw new KubeosError('RELEASE_INVALID', `the manifest of ${digest} has a wrong block table`);
  }
  const bytes = await readPinned(source, {
    path: storedPath(fileName(digest, 'image.blocks'), blocks.sha256),
    sha256: blocks.sha256,
    maxBytes: blocks.size,
    signal,
  });
  const table = decodeBlockTable(bytes, expectedTable(manifest));
  return { digest, manifest, table, imagePath: imagePathOf(digest, manifest) };
}

/** image.zst in a source. */
export function imagePathOf(digest: string, { full }: Manifest): string {
  return storedPath(fileName(digest, 'image.zst'), full.sha256);
}

/** The manifest with that digest, `sha256:…`. @throws KubeosError NETWORK, RELEASE_INVALID */
export async function loadManifest(
  source: Source,
  digest: string,
  signal: AbortSignal,
): Promise<Manifest> {
  if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new KubeosError('USAGE', `${JSON.stringify(digest)} is no digest of a release`, {
      hint: 'a digest is sha256: and 64 digits; `kubeos repository list` shows them',
    });
  }
  const sha256 = digest.slice('sha256:'.length);
  const path = storedPath(fileName(digest, 'manifest.json'), sha256);
  const bytes = await readPinned(source, { path, sha256, maxBytes: MAX_MANIFEST_BYTES, signal });
  return parseManifest(bytes);
}

export interface PinnedFile {
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Copies that are damaged are thrown away so often, until the file is given up. */
const MAX_DAMAGED_COPIES = 4;

/** A whole file whose SHA-256 is known. @throws KubeosError NETWORK, RELEASE_INVALID */
export async function readPinned(source: Source, file: PinnedFile): Promise<Buffer> {
  const { path, sha256, maxBytes, signal } = file;
  for (let copies = 0; copies < MAX_DAMAGED_COPIES; copies += 1) {
    const bytes = await source.readSmall(path, { maxBytes, signal, isFresh: copies > 0 });
    if (bytes === null) {
      throw new SourceError('missing', `${source.address} has no ${path}`, {
        hint: 'the release is not published there, was retired, or may not be read',
      });
    }
    if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
    source.distrust();
  }
  throw new KubeosError('RELEASE_INVALID', `${path} stays damaged (${source.address})`, {
    hint: 'what the image server has is damaged: publish the release again, or use a mirror',
  });
}
