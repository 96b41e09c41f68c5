import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeBlockTable } from '../../../src/release/block-table.ts';
import { compressImage } from '../../../src/release/compress-image.ts';
import { releaseDigest, serialiseManifest, type Manifest } from '../../../src/release/manifest.ts';
import { fileName, storedPath } from '../../../src/release/metadata/target-name.ts';

export interface TestRelease {
  readonly digest: string;
  readonly manifest: Manifest;
  /** Raw bytes of the root image. */
  readonly image: Buffer;
  /** image.zst in the repository. */
  readonly imagePath: string;
}

export const MIB = 2 ** 20;

/** Blocks of noise that repeats, so that frames have different sizes; the last block is short. */
export function testImage(blocks: number): Buffer {
  const parts = Array.from({ length: blocks }, (_, index) => {
    const noise = randomBytes(1024 * (40 + ((index * 37) % 80)));
    return Buffer.concat([noise, Buffer.alloc(MIB - noise.length, index % 7)]);
  });
  return Buffer.concat([...parts, randomBytes(8192)]);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Puts a release into the targets of a repository directory, as publishing does, without metadata. */
export async function putRelease(
  repository: string,
  image: Buffer,
  version = '1.0.0',
): Promise<TestRelease> {
  const targets = path.join(repository, 'targets');
  await mkdir(targets, { recursive: true });
  const raw = path.join(repository, `${version}.img`);
  const zst = path.join(repository, `${version}.zst`);
  await writeFile(raw, image);
  const { table, ...full } = await compressImage({ image: raw, output: zst, level: 1 });
  const blocks = encodeBlockTable(table);
  const manifest: Manifest = {
    schema: 1,
    name: 'test',
    version,
    epoch: 1,
    arch: 'amd64',
    created: 0,
    image: { fileSystem: 'ext4', size: image.length, sha256: sha256(image), blockSize: 4096 },
    full: { size: full.size, sha256: full.sha256 },
    blocks: { size: blocks.length, sha256: sha256(blocks) },
    boot: {
      kernel: { path: '/boot/vmlinuz', size: 1, sha256: sha256(Buffer.from('k')) },
      initramfs: { path: '/boot/initramfs', size: 1, sha256: sha256(Buffer.from('i')) },
    },
    kernelArguments: [],
    verity: null,
    securityFloor: 0,
  };
  const serialised = Buffer.from(serialiseManifest(manifest));
  const digest = releaseDigest(serialised);
  const put = async (name: string, bytes: Uint8Array): Promise<void> =>
    await writeFile(
      path.join(repository, storedPath(fileName(digest, name), sha256(bytes))),
      bytes,
    );
  await put('manifest.json', serialised);
  await put('image.blocks', blocks);
  const imagePath = storedPath(fileName(digest, 'image.zst'), full.sha256);
  await rename(zst, path.join(repository, imagePath));
  return { digest, manifest, image, imagePath };
}

export async function isImage(file: string, { image }: TestRelease): Promise<boolean> {
  return (await readFile(file)).equals(image);
}
