import { open, stat } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { PlacedBytes } from '../../disk/placed-bytes.ts';
import type { GrubImages } from '../../disk/grub-images.ts';
import { grubOnDisk } from '../../disk/grub-on-disk.ts';
import { partitionOf } from '../../disk/layout.ts';
import { allEnded } from '../build/all-ended.ts';
import { mkfsPersistExt4 } from '../../disk/mkfs.ts';
import { checkTable, sgdiskCommand } from '../../disk/sgdisk.ts';
import { uuidOf } from '../../disk/uuid.ts';
import { writeAll, writeFileAt } from '../../disk/write-at.ts';
import type { Command, Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import type { FileTree } from '../../disk/fat32-tree.ts';
import { planBootFiles, type ReleaseBootFiles } from '../../disk/boot-files.ts';
import { makeBootPartition } from './boot-partition.ts';
import { compareAt } from './compare-at.ts';

/** What of a build goes on its disk beside the root image. */
export interface DiskParts {
  readonly release: ReleaseBootFiles;
  readonly grub: GrubImages;
}

/** The whole disk in a sparse file: table, BOOT, slot A, PERSIST; each written, then read back. */
export async function assembleDisk(
  plan: BuildPlan,
  { release, grub }: DiskParts,
  commands: Commands,
): Promise<void> {
  const { disk, rootImage, bootImage } = plan.files;
  const { layout, definition } = plan;
  await assertFits(plan);
  const { uefi, bios } = grubOnDisk(grub, definition.epoch);
  const files = planBootFiles(release, uefi, definition.arch);
  await createSparse(disk, layout.sizeBytes);
  // sgdisk sleeps a second after writing; what goes into files of its own is made meanwhile.
  await allEnded([makeBoot(plan, files, commands), commands.run(sgdiskCommand(layout, disk))]);
  await writePlaced(disk, bios);
  await writePartition(plan, bootImage, 'boot');
  await writePartition(plan, rootImage, 'root-a');
  for (const command of persistCommands(plan)) await commands.run(command);
  await checkTable(commands, layout, disk);
}

/** BOOT as a file of its own. */
async function makeBoot(plan: BuildPlan, files: FileTree, commands: Commands): Promise<void> {
  const { bootImage: image, bootTree: scratch } = plan.files;
  const { layout, seed, epoch } = plan;
  await makeBootPartition({ files, image, scratch, layout, seed, epoch, commands });
}

async function createSparse(file: string, sizeBytes: number): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.truncate(sizeBytes);
}

async function writePlaced(file: string, placed: readonly PlacedBytes[]): Promise<void> {
  await using disk = await open(file, 'r+');
  for (const { bytes, offsetBytes } of placed) await writeAll(disk, bytes, offsetBytes);
}

async function writePartition(
  plan: BuildPlan,
  image: string,
  role: 'boot' | 'root-a',
): Promise<void> {
  const { startBytes } = partitionOf(plan.layout, role);
  await writeFileAt(image, plan.files.disk, startBytes);
  await compareAt(image, plan.files.disk, startBytes);
}

/** Makes PERSIST in its place on the disk, and checks it. */
export function persistCommands(plan: BuildPlan): Command[] {
  const { disk } = plan.files;
  const { startBytes, sizeBytes, label } = partitionOf(plan.layout, 'persist');
  const uuid = uuidOf(plan.seed, 'persist/ext4');
  const request = { image: disk, label, uuid, sizeBytes, epoch: plan.epoch };
  return [
    mkfsPersistExt4(request, startBytes),
    { tool: 'e2fsck', args: ['-fn', `${disk}?offset=${startBytes}`] },
  ];
}

async function assertFits(plan: BuildPlan): Promise<void> {
  const { size } = await stat(plan.files.rootImage);
  const { sizeBytes } = partitionOf(plan.layout, 'root-a');
  if (size <= sizeBytes) return;
  const asMiB = (bytes: number): number => Math.ceil(bytes / 2 ** 20);
  throw new KubeosError(
    'DEFINITION_INVALID',
    `the root image takes ${asMiB(size)} MiB, a root partition has ${asMiB(sizeBytes)} MiB`,
    { hint: `set partitions.root to ${asMiB(size * 1.5)}MiB or more: upgrades need room to grow` },
  );
}
