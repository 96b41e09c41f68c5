import { stat, writeFile } from 'node:fs/promises';
import { encodeBlockTable } from '../../release/block-table.ts';
import { compressImage } from '../../release/compress-image.ts';
import {
  releaseDigest,
  serialiseManifest,
  type BootFile,
  type Manifest,
  type StoredFile,
} from '../../release/manifest.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import { sha256Of } from '../build/sha256-of.ts';
import { slotConfiguration, slotSums } from '../../disk/slot-files.ts';
import type { RootImage } from '../root-image/make-root-image.ts';
import { KERNEL_PATH } from '../tree/tree-commands.ts';

export const INITRAMFS_PATH = '/boot/initramfs.img';

export interface Release {
  readonly manifest: Manifest;
  /** manifest.json as written. */
  readonly serialised: string;
  readonly digest: string;
  /** boot.cfg and boot.sum: what GRUB reads of this release. */
  readonly configuration: Uint8Array;
  readonly sums: Uint8Array;
}

/** @param kubelet its version; null where there is none that is known */
export async function makeRelease(
  plan: BuildPlan,
  root: RootImage,
  kubelet: string | null,
): Promise<Release> {
  const manifest = { ...(await makeManifest(plan, root)), ...(kubelet !== null && { kubelet }) };
  const serialised = serialiseManifest(manifest);
  const digest = releaseDigest(serialised);
  const { kernel, initramfs } = manifest.boot;
  const configuration = slotConfiguration({
    release: digest,
    version: manifest.version,
    epoch: manifest.epoch,
    securityFloor: manifest.securityFloor,
    ...dataEpochOf(plan),
    kernel: kernel.path,
    initramfs: initramfs.path,
    kernelArguments: manifest.kernelArguments,
    image: { size: manifest.image.size, sha256: manifest.image.sha256 },
    verity: manifest.verity,
    area: root.area,
  });
  return { manifest, serialised, digest, configuration, sums: slotSums({ kernel, initramfs }) };
}

async function makeManifest(plan: BuildPlan, root: RootImage): Promise<Manifest> {
  const { definition, files } = plan;
  const stored = await storeImage(plan);
  return {
    schema: 1,
    name: definition.name,
    version: definition.version,
    epoch: definition.epoch,
    arch: definition.arch,
    created: plan.epoch,
    image: {
      fileSystem: definition.root.fileSystem,
      ...stored.image,
      blockSize: 4096,
    },
    full: stored.full,
    blocks: stored.blocks,
    boot: {
      kernel: await bootFile(files.kernel, KERNEL_PATH),
      initramfs: await bootFile(files.initramfs, INITRAMFS_PATH),
    },
    kernelArguments: definition.kernelArguments,
    verity: root.verity,
    securityFloor: definition.release.securityFloor,
    ...dataEpochOf(plan),
  };
}

/** Left out where no data was ever migrated. */
function dataEpochOf({ definition }: BuildPlan): Pick<Manifest, 'dataEpoch'> {
  const { dataEpoch } = definition.state;
  return dataEpoch === 0 ? {} : { dataEpoch };
}

/** Writes image.zst and image.blocks. */
async function storeImage(
  plan: BuildPlan,
): Promise<Record<'image' | 'full' | 'blocks', StoredFile>> {
  const { rootImage: image, compressedImage: output, blockTable } = plan.files;
  const { compressionLevel: level } = plan.definition.release;
  const { table, size, sha256 } = await compressImage({ image, output, level });
  await writeFile(blockTable, encodeBlockTable(table));
  return {
    image: { size: table.imageBytes, sha256: Buffer.from(table.imageSha256).toString('hex') },
    full: { size, sha256 },
    blocks: await storedFile(blockTable),
  };
}

async function storedFile(file: string): Promise<StoredFile> {
  return { size: (await stat(file)).size, sha256: await sha256Of(file) };
}

async function bootFile(file: string, path: string): Promise<BootFile> {
  return { path, ...(await storedFile(file)) };
}
