import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { biosBootCode } from '../../src/builder/grub/bios-boot-code.ts';
import { grubImageCommand, grubModuleDirectory } from '../../src/builder/grub/grub-image.ts';
import { memdiskTar } from '../../src/builder/grub/memdisk-tar.ts';
import { slotConfiguration, slotSums } from '../../src/builder/grub/slot-files.ts';
import type { Slot } from '../../src/disk/grub-environment-slots.ts';
import { MIB, planLayout, type DiskLayout, type Partition } from '../../src/disk/layout.ts';
import { mkfsFat32, mkfsRootExt4 } from '../../src/disk/mkfs.ts';
import { sgdiskCommand } from '../../src/disk/sgdisk.ts';
import { writeAll, writeFileAt } from '../../src/disk/write-at.ts';
import type { Commands } from '../../src/host/commands.ts';
import { fakeKernel } from './fake-kernel.ts';

export interface DecisionDisk {
  readonly file: string;
  readonly layout: DiskLayout;
}

export interface DecisionDiskRequest {
  readonly directory: string;
  /** Disks of different seeds have different identifiers. */
  readonly seed: string;
  readonly environment: Uint8Array;
}

/**
 * A disk with our four partitions and our GRUB for both firmwares, whose slots hold fake kernels: a boot decision
 * can be watched in a second.
 */
export async function decisionDisk(
  commands: Commands,
  request: DecisionDiskRequest,
): Promise<DecisionDisk> {
  const { directory, seed } = request;
  const layout = planLayout({
    arch: 'amd64',
    bootBytes: 36 * MIB,
    rootBytes: 2 * MIB,
    persistBytes: MIB,
    hasBiosBoot: true,
    seed,
  });
  const file = path.join(directory, `${seed}.raw`);
  await writeFile(file, '');
  await truncate(file, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, file));
  await writeGrub(commands, directory, file);
  await writeBoot(commands, request, { file, layout });
  for (const slot of ['A', 'B'] as const)
    await writeRoot(commands, directory, { file, layout }, slot);
  return { file, layout };
}

export function partitionOf(layout: DiskLayout, role: Partition['role']): Partition {
  const found = layout.partitions.find((partition) => partition.role === role);
  if (found === undefined) throw new Error(`no partition ${role}`);
  return found;
}

export const KERNEL_PATH = '/boot/vmlinuz';
export const INITRAMFS_PATH = '/boot/initrd.img';

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const kernelOf = (slot: Slot): Uint8Array => fakeKernel(`fake kernel ${slot}`);
const INITRAMFS = Buffer.alloc(5000, 'initramfs');

async function writeGrub(commands: Commands, directory: string, disk: string): Promise<void> {
  const memdisk = path.join(directory, 'memdisk.tar');
  const configuration = await readFile(new URL(import.meta.resolve('#templates/grub.cfg')), 'utf8');
  await writeFile(memdisk, await memdiskTar(configuration, 0));
  for (const firmware of ['uefi', 'bios'] as const) {
    const output = path.join(directory, firmware);
    await commands.run(grubImageCommand({ firmware, arch: 'amd64', memdisk, output }));
  }
  const modules = grubModuleDirectory({ firmware: 'bios', arch: 'amd64' });
  const [bootImage, coreImage] = await Promise.all([
    readFile(path.join(modules, 'boot.img')),
    readFile(path.join(directory, 'bios')),
  ]);
  await using target = await open(disk, 'r+');
  for (const { offsetBytes, bytes } of biosBootCode(bootImage, coreImage)) {
    await writeAll(target, bytes, offsetBytes);
  }
}

async function writeBoot(
  commands: Commands,
  { directory, environment }: DecisionDiskRequest,
  { file, layout }: DecisionDisk,
): Promise<void> {
  const boot = partitionOf(layout, 'boot');
  const image = path.join(directory, 'boot.fat');
  await writeFile(image, '');
  await truncate(image, boot.sizeBytes);
  await commands.run(mkfsFat32(image, 'BOOT', '4B554245'));
  await commands.run({ tool: 'mmd', args: ['-i', image, '::/EFI', '::/EFI/BOOT', '::/kubeos'] });
  await commands.run({
    tool: 'mcopy',
    args: ['-i', image, path.join(directory, 'uefi'), '::/EFI/BOOT/BOOTX64.EFI'],
  });
  const files = { grubenv: environment, ...slotFilesOf('A'), ...slotFilesOf('B') };
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(path.join(directory, name), bytes);
    await commands.run({
      tool: 'mcopy',
      args: ['-i', image, path.join(directory, name), `::/kubeos/${name}`],
    });
  }
  await writeFileAt(image, file, boot.startBytes);
}

function slotFilesOf(slot: Slot): Record<string, Uint8Array> {
  return {
    [`slot-${slot}.cfg`]: slotConfiguration({
      release: `sha256:${slot.toLowerCase().repeat(64)}`,
      version: slot === 'A' ? '1.0.0' : '1.1.0',
      epoch: 1,
      securityFloor: 1,
      kernel: KERNEL_PATH,
      initramfs: INITRAMFS_PATH,
      kernelArguments: ['console=ttyS0,115200', `release=${slot}`],
      verity: { rootHash: 'ab'.repeat(32), hashOffset: 1_048_576 },
      area: null,
    }),
    [`slot-${slot}.sum`]: slotSums({
      kernel: { path: KERNEL_PATH, sha256: sha256(kernelOf(slot)) },
      initramfs: { path: INITRAMFS_PATH, sha256: sha256(INITRAMFS) },
    }),
  };
}

async function writeRoot(
  commands: Commands,
  directory: string,
  { file, layout }: DecisionDisk,
  slot: Slot,
): Promise<void> {
  const partition = partitionOf(layout, slot === 'A' ? 'root-a' : 'root-b');
  const tree = path.join(directory, 'tree');
  const image = path.join(directory, 'root.ext4');
  await mkdir(path.join(tree, 'boot'), { recursive: true });
  await writeFile(path.join(tree, KERNEL_PATH), kernelOf(slot));
  await writeFile(path.join(tree, INITRAMFS_PATH), INITRAMFS);
  await rm(image, { force: true });
  const { label, guid: uuid, sizeBytes } = partition;
  await commands.run(mkfsRootExt4({ image, label, uuid, sizeBytes, epoch: 0, inodes: 64 }, tree));
  await writeFileAt(image, file, partition.startBytes);
}
