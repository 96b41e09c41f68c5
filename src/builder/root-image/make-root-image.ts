import { chmod, mkdir, open, rm, stat, copyFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { SECTOR } from '../../disk/layout.ts';
import { mkfsBootArea } from '../../disk/mkfs.ts';
import { uuidOf } from '../../disk/uuid.ts';
import { writeFileAt } from '../../disk/write-at.ts';
import type { Command, Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import { fixExt4Times } from './fix-ext4-times.ts';
import { makeRootFileSystem } from './root-file-system.ts';
import { appendVerity, type Verity } from './verity.ts';

export interface RootImage {
  readonly verity: Verity | null;
  /** Where GRUB finds kernel and initramfs when it cannot read the root file system; sectors in the image. */
  readonly area: BootArea | null;
}

export interface BootArea {
  readonly firstSector: number;
  readonly sectors: number;
}

/** The file system; behind it its dm-verity hash tree, unless the definition gives it up; behind that a boot area where GRUB needs one. */
export async function makeRootImage(plan: BuildPlan, commands: Commands): Promise<RootImage> {
  const { root } = plan.definition;
  const { tree, rootImage: image } = plan.files;
  const { seed, treeEpoch: epoch } = plan;
  const { fileSystem } = root;
  const sizeBytes = await makeRootFileSystem({ tree, image, fileSystem, seed, epoch, commands });
  const verity = root.verity ? await appendVerity(image, { sizeBytes, seed }, commands) : null;
  return { verity, area: needsBootArea(root) ? await appendBootArea(plan, commands) : null };
}

/** No GRUB before 2.14 reads erofs, and that one only uncompressed. */
export function needsBootArea({ fileSystem }: BuildPlan['definition']['root']): boolean {
  return fileSystem === 'erofs';
}

/** A small ext2 file system at the end of the image: one partition still holds all that a slot needs. */
async function appendBootArea(plan: BuildPlan, commands: Commands): Promise<BootArea> {
  const { rootImage, kernel, initramfs } = plan.files;
  const { content, image } = bootAreaFiles(plan);
  await mkdir(path.join(content, 'boot'), { recursive: true });
  await copyFile(kernel, path.join(content, 'boot/vmlinuz'));
  await copyFile(initramfs, path.join(content, 'boot/initramfs.img'));
  for (const name of ['boot/vmlinuz', 'boot/initramfs.img', 'boot', '.']) {
    // The same whoever builds, with whatever umask.
    await chmod(path.join(content, name), name.includes('/') ? 0o644 : 0o755);
    await utimes(path.join(content, name), plan.treeEpoch, plan.treeEpoch);
  }
  const sizeBytes = await areaSize(plan);
  await commands.run(bootAreaCommand(plan, sizeBytes));
  await fixExt4Times(image, plan.treeEpoch, commands);
  const startBytes = (await stat(rootImage)).size;
  await writeFileAt(image, rootImage, startBytes);
  await extend(rootImage, startBytes + sizeBytes);
  await rm(content, { recursive: true });
  return { firstSector: startBytes / SECTOR, sectors: sizeBytes / SECTOR };
}

export function bootAreaCommand(plan: BuildPlan, sizeBytes: number): Command {
  const { content, image } = bootAreaFiles(plan);
  const uuid = uuidOf(plan.seed, 'boot-area/ext2');
  const settings = { image, label: 'KUBEOS-KERNEL', uuid, sizeBytes, epoch: plan.treeEpoch };
  // It takes owners as it finds them: there the caller is root.
  return inNamespace(mkfsBootArea(settings, content));
}

export function bootAreaFiles({ workDirectory }: Pick<BuildPlan, 'workDirectory'>): {
  readonly content: string;
  readonly image: string;
} {
  return {
    content: path.join(workDirectory, 'boot-area'),
    image: path.join(workDirectory, 'boot-area.img'),
  };
}

async function areaSize(plan: BuildPlan): Promise<number> {
  const [kernel, initramfs] = await Promise.all([
    stat(plan.files.kernel),
    stat(plan.files.initramfs),
  ]);
  const mebibytes = Math.ceil(((kernel.size + initramfs.size) * 1.02) / 2 ** 20) + 1;
  return mebibytes * 2 ** 20;
}

/** Trailing zero blocks were not written. */
async function extend(image: string, sizeBytes: number): Promise<void> {
  await using file = await open(image, 'r+');
  await file.truncate(sizeBytes);
}
