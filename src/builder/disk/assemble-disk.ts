import { mkdir, open, stat } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import { partitionOf } from '../../disk/layout.ts';
import { mkfsPersistExt4 } from '../../disk/mkfs.ts';
import { checkTable, sgdiskCommand } from '../../disk/sgdisk.ts';
import { uuidOf } from '../../disk/uuid.ts';
import { writeAll, writeFileAt } from '../../disk/write-at.ts';
import type { Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import {
  makeBiosBootCode,
  makeGrubImage,
  planBootFiles,
  type ReleaseBootFiles,
} from './boot-files.ts';
import { makeBootPartition } from './boot-partition.ts';
import { compareAt } from './compare-at.ts';

/** The whole disk in a sparse file: table, BOOT, slot A, PERSIST; each written, then read back. */
export async function assembleDisk(
  plan: BuildPlan,
  release: ReleaseBootFiles,
  commands: Commands,
): Promise<void> {
  const { disk, rootImage, bootImage, bootTree } = plan.files;
  const { layout, epoch, seed } = plan;
  const { arch } = plan.definition;
  await mkdir(bootTree, { recursive: true });
  await assertFits(plan);
  await createSparse(disk, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, disk));

  const grub = { arch, scratch: bootTree, epoch, commands };
  if (plan.definition.firmware.includes('bios')) await writeBiosBootCode(plan, grub);
  const files = planBootFiles(release, await makeGrubImage(grub, 'uefi'), arch);
  await makeBootPartition({
    files,
    image: bootImage,
    scratch: bootTree,
    layout,
    seed,
    epoch,
    commands,
  });
  await writePartition(plan, bootImage, 'boot');
  await writePartition(plan, rootImage, 'root-a');
  await formatPersist(plan, commands);
  await checkTable(commands, layout, disk);
}

async function createSparse(file: string, sizeBytes: number): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.truncate(sizeBytes);
}

async function writeBiosBootCode(
  plan: BuildPlan,
  grub: Parameters<typeof makeBiosBootCode>[0],
): Promise<void> {
  await using disk = await open(plan.files.disk, 'r+');
  for (const { bytes, offsetBytes } of await makeBiosBootCode(grub))
    await writeAll(disk, bytes, offsetBytes);
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

async function formatPersist(plan: BuildPlan, commands: Commands): Promise<void> {
  const { disk } = plan.files;
  const { startBytes, sizeBytes, label } = partitionOf(plan.layout, 'persist');
  const uuid = uuidOf(plan.seed, 'persist/ext4');
  const request = { image: disk, label, uuid, sizeBytes, epoch: plan.epoch };
  await commands.run(mkfsPersistExt4(request, startBytes));
  await commands.run({ tool: 'e2fsck', args: ['-fn', `${disk}?offset=${startBytes}`] });
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
