import { createHash, hash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { slotConfiguration, slotSums } from '../../../disk/slot-files.ts';
import { encodeBlockTable } from '../../block-table.ts';
import { compressImage, type CompressedImage } from '../../compress-image.ts';
import { releaseDigest, serialiseManifest, type Manifest } from '../../manifest.ts';

export interface TestRelease {
  readonly folder: string;
  readonly digest: string;
  readonly manifest: Manifest;
}

/** A whole release folder around an image of bytes that depend on the version; the last number of that is its epoch. */
export async function makeTestRelease(
  parent: string,
  version: string,
  mebibytes = 2.5,
): Promise<TestRelease> {
  return await makeOtherRelease(parent, { version, mebibytes });
}

export interface ReleaseOptions {
  readonly version: string;
  readonly mebibytes: number;
  /** Of what the manifest would say. */
  readonly change?: Partial<Manifest>;
}

/** One whose manifest says something else. */
export async function makeOtherRelease(
  parent: string,
  { version, mebibytes, change = {} }: ReleaseOptions,
): Promise<TestRelease> {
  const folder = path.join(parent, `release-${version}`);
  await mkdir(folder, { recursive: true });
  const raw = path.join(folder, 'root.img');
  await writeFile(raw, pseudoRandom(version, Math.ceil(mebibytes * 256) * 4096));
  const image = await compressImage({
    image: raw,
    output: path.join(folder, 'image.zst'),
    level: 1,
  });
  const table = encodeBlockTable(image.table);
  await writeFile(path.join(folder, 'image.blocks'), table);
  const manifest = { ...manifestOf(version, image, table), ...change };
  const text = serialiseManifest(manifest);
  const digest = releaseDigest(text);
  await writeFile(path.join(folder, 'manifest.json'), text);
  await writeFile(path.join(folder, 'boot.cfg'), bootConfiguration(digest, manifest));
  await writeFile(path.join(folder, 'boot.sum'), slotSums(manifest.boot));
  return { folder, digest, manifest };
}

function bootConfiguration(release: string, manifest: Manifest): Uint8Array {
  const { kernel, initramfs } = manifest.boot;
  return slotConfiguration({
    ...{ ...manifest, release, kernel: kernel.path, initramfs: initramfs.path },
    ...{ area: null, verity: null },
  });
}

function manifestOf(
  version: string,
  { table, size, sha256 }: CompressedImage,
  blocks: Buffer,
): Manifest {
  return {
    schema: 1,
    name: 'demo',
    version,
    epoch: Number(version.split('.').at(-1)),
    arch: 'amd64',
    created: 1_700_000_000,
    image: {
      fileSystem: 'ext4',
      size: table.imageBytes,
      sha256: Buffer.from(table.imageSha256).toString('hex'),
      blockSize: 4096,
    },
    full: { size, sha256 },
    blocks: { size: blocks.length, sha256: hash('sha256', blocks) },
    boot: {
      kernel: { path: '/boot/vmlinuz', size: 1, sha256: hash('sha256', `kernel ${version}`) },
      initramfs: { path: '/boot/initramfs.img', size: 1, sha256: hash('sha256', `rd ${version}`) },
    },
    kernelArguments: ['ro'],
    verity: null,
    securityFloor: 0,
  };
}

function pseudoRandom(seed: string, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let block = createHash('sha256').update(seed).digest();
  for (let at = 0; at < size; at += 64) {
    bytes.set(block, at);
    block = createHash('sha256').update(block).digest();
  }
  return bytes;
}
