import { hash } from 'node:crypto';
import { slotConfiguration, slotSums } from '../../disk/slot-files.ts';
import { BLOCK_BYTES, type BlockTable } from '../../release/block-table.ts';
import type { FetchReport } from '../../release/fetch/fetch-release.ts';
import { blockWriter } from '../../release/fetch/block-writer.ts';
import { observeTarget } from '../../release/fetch/observe-target.ts';
import type { Target } from '../../release/fetch/target.ts';
import { releaseDigest, serialiseManifest, type Manifest } from '../../release/manifest.ts';
import type { VerifiedRelease } from '../upgrade/prepare-slot.ts';

/** A small release, for a disk in memory. Kernel and initramfs are the first two pages of its image. */
export interface TestRelease {
  readonly image: Buffer;
  readonly verified: VerifiedRelease;
  /** The GRUB that it brings. */
  readonly grub: { readonly version: string; readonly image: Buffer };
  /** Writes it block by block, as a fetch does. */
  readonly fill: (target: Target) => Promise<FetchReport>;
}

export const PAGE = 4096;
const IMAGE_BYTES = 16 * PAGE;
/** Of a root partition: larger than any image. */
export const ROOT_BYTES = 2 * IMAGE_BYTES;

export interface TestReleaseOptions {
  readonly securityFloor?: number;
  readonly arch?: Manifest['arch'];
}

export function testRelease(
  version: string,
  epoch: number,
  { securityFloor = 0, arch = 'amd64' }: TestReleaseOptions = {},
): TestRelease {
  const image = Buffer.alloc(IMAGE_BYTES);
  for (let page = 0; page < image.length; page += PAGE) {
    image.write(`${version} page ${page / PAGE}`, page);
  }
  const manifest = manifestOf(image, { version, epoch, securityFloor, arch });
  const digest = releaseDigest(serialiseManifest(manifest));
  const table = tableOf(image);
  const verified = { digest, manifest, table, bootFiles: bootFilesOf(digest, manifest) };
  const grub = grubOf(version);
  return { image, verified, grub, fill: async (target) => await fillFrom(image, table, target) };
}

function grubOf(version: string): TestRelease['grub'] {
  const image = Buffer.alloc(2500, `GRUB of ${version} `);
  return { version: `uefi-${hash('sha256', image).slice(0, 16)}`, image };
}

type Described = Pick<Manifest, 'version' | 'epoch' | 'securityFloor' | 'arch'>;

function manifestOf(image: Buffer, described: Described): Manifest {
  const sha256 = hash('sha256', image);
  const bootFile = (name: string, page: number) => ({
    path: `/boot/${name}`,
    size: PAGE,
    sha256: hash('sha256', image.subarray(page * PAGE, (page + 1) * PAGE)),
  });
  return {
    schema: 1,
    name: 'test',
    ...described,
    created: 0,
    image: { fileSystem: 'ext4', size: image.length, sha256, blockSize: 4096 },
    full: { size: 1, sha256 },
    blocks: { size: 1, sha256 },
    boot: { kernel: bootFile('vmlinuz', 0), initramfs: bootFile('initramfs.img', 1) },
    kernelArguments: [],
    verity: null,
  };
}

function bootFilesOf(digest: string, manifest: Manifest): VerifiedRelease['bootFiles'] {
  const { kernel, initramfs } = manifest.boot;
  return {
    configuration: slotConfiguration({
      ...manifest,
      image: { size: manifest.image.size, sha256: manifest.image.sha256 },
      release: digest,
      kernel: kernel.path,
      initramfs: initramfs.path,
      area: null,
      verity: null,
    }),
    sums: slotSums(manifest.boot),
  };
}

function tableOf(image: Buffer): BlockTable {
  const blocks: BlockTable['blocks'][number][] = [];
  for (let start = 0; start < image.length; start += BLOCK_BYTES) {
    const raw = image.subarray(start, start + BLOCK_BYTES);
    blocks.push({ frameBytes: 1, sha256: hash('sha256', raw, 'buffer') });
  }
  return { imageBytes: image.length, imageSha256: hash('sha256', image, 'buffer'), blocks };
}

async function fillFrom(image: Buffer, table: BlockTable, target: Target): Promise<FetchReport> {
  const { signal } = new AbortController();
  const writer = blockWriter(target, table, await observeTarget(target, table, signal));
  const missing = writer.missing();
  for (const index of missing) {
    await writer.put(index, image.subarray(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES));
  }
  await writer.finish();
  return {
    bytesTransferred: 0,
    requests: 0,
    blocks: table.blocks.length,
    blocksReused: table.blocks.length - missing.length,
    blocksCopied: 0,
    blocksWritten: missing.length,
    how: 'whole',
  };
}
