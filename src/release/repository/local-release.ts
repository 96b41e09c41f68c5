import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest, releaseDigest, type Manifest } from '../manifest.ts';
import { contentOfBytes, contentOfFile } from './content.ts';
import type { Content } from './repository-store.ts';
import { readBounded } from './read-bounded.ts';
import { verifyImage } from './verify-image.ts';

/** What a boot file of a release is at most; the builder pads them to 4096 and 512 bytes. */
const MAX_BOOT_FILE_BYTES = 2 ** 16;

/** The files of a release folder that are published. */
export const RELEASE_FILES = [
  { file: 'manifest.json', kind: 'release' },
  { file: 'boot.cfg', kind: 'boot' },
  { file: 'boot.sum', kind: 'boot' },
  { file: 'image.blocks', kind: 'blocks' },
  { file: 'image.zst', kind: 'image' },
] as const;

export type ReleaseFile = (typeof RELEASE_FILES)[number]['file'];

/** A release folder that was read whole, and agrees with itself. */
export interface LocalRelease {
  readonly digest: string;
  readonly manifest: Manifest;
  readonly files: Readonly<Record<ReleaseFile, Content>>;
}

/**
 * Reads a release folder as an agent would: every frame is decoded and compared with the block table, and all of them
 * with the manifest.
 *
 * @throws KubeosError RELEASE_INVALID naming the file
 */
export async function readLocalRelease(folder: string): Promise<LocalRelease> {
  const text = await readBounded(path.join(folder, 'manifest.json'), MAX_MANIFEST_BYTES);
  const manifest = parseManifest(text);
  const digest = releaseDigest(text);
  const configuration = await readBounded(path.join(folder, 'boot.cfg'), MAX_BOOT_FILE_BYTES);
  const sums = await readBounded(path.join(folder, 'boot.sum'), MAX_BOOT_FILE_BYTES);
  assertNames('boot.cfg', configuration, [digest]);
  assertNames('boot.sum', sums, [manifest.boot.kernel.sha256, manifest.boot.initramfs.sha256]);
  await verifyImage(folder, manifest);
  return {
    digest,
    manifest,
    files: {
      'manifest.json': contentOfBytes(text),
      'boot.cfg': contentOfBytes(configuration),
      'boot.sum': contentOfBytes(sums),
      'image.blocks': contentOfFile(path.join(folder, 'image.blocks'), manifest.blocks),
      'image.zst': contentOfFile(path.join(folder, 'image.zst'), manifest.full),
    },
  };
}

/** The boot files name what they boot; those of another release would start another root. */
function assertNames(file: string, bytes: Uint8Array, words: readonly string[]): void {
  const text = Buffer.from(bytes).toString('latin1');
  const missing = words.find((word) => !text.includes(word));
  if (missing === undefined) return;
  throw new KubeosError('RELEASE_INVALID', `${file} does not name ${missing}`, {
    hint: 'it is of another release; build the release again',
  });
}
