import { createHash } from 'node:crypto';
import { copyFile, mkdir, open, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeBootPartition } from '../../src/builder/disk/boot-partition.ts';
import { makeGrub } from '../../src/builder/grub/make-grub.ts';
import { biosBootCode } from '../../src/disk/bios-boot-code.ts';
import { UEFI_FIRST, UEFI_PLACE_BYTES, UEFI_SECOND } from '../../src/disk/grub-places.ts';
import { sealGrubImage } from '../../src/disk/grub-seal.ts';
import {
  NO_NODE_ARGUMENTS,
  NODE_ARGUMENTS_FILE,
  serialiseNodeArguments,
} from '../../src/disk/node-arguments.ts';
import { slotConfiguration, slotSums, type SlotConfiguration } from '../../src/disk/slot-files.ts';
import type { Slot } from '../../src/disk/grub-environment-slots.ts';
import { MIB, partitionOf, planLayout, type DiskLayout } from '../../src/disk/layout.ts';
import { mkfsRootExt4 } from '../../src/disk/mkfs.ts';
import { sgdiskCommand } from '../../src/disk/sgdisk.ts';
import { writeAll, writeFileAt } from '../../src/disk/write-at.ts';
import type { Commands } from '../../src/host/commands.ts';
import { fakeKernel } from './fake-kernel.ts';

/** A disk with our partitions and our GRUB for both firmwares, and fake kernels in both slots. */
export interface DecisionDisk {
  readonly file: string;
  readonly layout: DiskLayout;
  /** Holds what was put on the disk: `tree-A` and `tree-B`, the roots of the slots. */
  readonly directory: string;
  /** Versions of its GRUB. */
  readonly grub: Readonly<Record<'uefi' | 'bios', string>>;
}

export interface DecisionDiskRequest {
  readonly directory: string;
  /** Disks of different seeds have different identifiers. */
  readonly seed: string;
  readonly environment: Uint8Array;
}

export const KERNEL_PATH = '/boot/vmlinuz';
export const INITRAMFS_PATH = '/boot/initramfs.img';

export async function makeDecisionDisk(
  commands: Commands,
  { directory, seed, environment }: DecisionDiskRequest,
): Promise<DecisionDisk> {
  const layout = planLayout({
    arch: 'amd64',
    bootBytes: 36 * MIB,
    rootBytes: 2 * MIB,
    persistBytes: MIB,
    hasBiosBoot: true,
    seed,
  });
  const file = path.join(directory, 'disk.raw');
  await writeFile(file, '');
  await truncate(file, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, file));
  const grub = await writeBoot(commands, { file, layout, directory }, { seed, environment });
  const disk = { file, layout, directory, grub };
  for (const slot of ['A', 'B'] as const) await writeRoot(commands, disk, slot);
  return disk;
}

/** The same disk again, to be changed by one test. */
export async function copyDisk(disk: DecisionDisk, directory: string): Promise<DecisionDisk> {
  const file = path.join(directory, 'disk.raw');
  await copyFile(disk.file, file);
  return { ...disk, file };
}

/** The configuration that makes GRUB boot a slot of this disk, with some of it changed. */
export function configurationOf(slot: Slot, changes: Partial<SlotConfiguration> = {}): Uint8Array {
  return slotConfiguration({
    release: `sha256:${slot.toLowerCase().repeat(64)}`,
    version: slot === 'A' ? '1.0.0' : '1.1.0',
    epoch: 1,
    securityFloor: 1,
    kernel: KERNEL_PATH,
    initramfs: INITRAMFS_PATH,
    kernelArguments: ['console=ttyS0,115200', `release=${slot}`],
    image: null,
    verity: null,
    area: null,
    ...changes,
  });
}

const kernelOf = (slot: Slot): Uint8Array => fakeKernel(`fake kernel ${slot}`);
const INITRAMFS = Buffer.alloc(5000, 'initramfs');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

export function sumsOf(slot: Slot): Uint8Array {
  return slotSums({
    kernel: { path: KERNEL_PATH, sha256: sha256(kernelOf(slot)) },
    initramfs: { path: INITRAMFS_PATH, sha256: sha256(INITRAMFS) },
  });
}

async function writeBoot(
  commands: Commands,
  { file, layout, directory }: Omit<DecisionDisk, 'grub'>,
  { seed, environment }: Pick<DecisionDiskRequest, 'seed' | 'environment'>,
): Promise<DecisionDisk['grub']> {
  const firmware = ['uefi', 'bios'] as const;
  const { uefi, bios } = await makeGrub({
    arch: 'amd64',
    firmware,
    scratch: directory,
    epoch: 0,
    commands,
  });
  const image = path.join(directory, 'boot.fat');
  const scratch = path.join(directory, 'boot');
  await mkdir(scratch);
  const files = new Map([
    [
      UEFI_FIRST.amd64,
      sealGrubImage(uefi.image, { version: uefi.version, epoch: 1 }, UEFI_PLACE_BYTES),
    ],
    [UEFI_SECOND, new Uint8Array(UEFI_PLACE_BYTES)],
    ['kubeos/grubenv', environment],
    ['kubeos/slot-A.cfg', configurationOf('A')],
    ['kubeos/slot-A.sum', sumsOf('A')],
    ['kubeos/slot-B.cfg', configurationOf('B')],
    ['kubeos/slot-B.sum', sumsOf('B')],
    [NODE_ARGUMENTS_FILE, serialiseNodeArguments(NO_NODE_ARGUMENTS)],
  ]);
  await makeBootPartition({ files, image, scratch, layout, seed, epoch: 0, commands });
  await writeFileAt(image, file, partitionOf(layout, 'boot').startBytes);
  await using disk = await open(file, 'r+');
  if (bios === null) throw new Error('made for a BIOS too');
  for (const { bytes, offsetBytes } of biosBootCode(bios, { version: bios.version, epoch: 1 })) {
    await writeAll(disk, bytes, offsetBytes);
  }
  return { uefi: uefi.version, bios: bios.version };
}

async function writeRoot(
  commands: Commands,
  { file, layout, directory }: DecisionDisk,
  slot: Slot,
): Promise<void> {
  const partition = partitionOf(layout, slot === 'A' ? 'root-a' : 'root-b');
  const tree = path.join(directory, `tree-${slot}`);
  const image = path.join(directory, 'root.ext4');
  await mkdir(path.join(tree, 'boot'), { recursive: true });
  await writeFile(path.join(tree, KERNEL_PATH), kernelOf(slot));
  await writeFile(path.join(tree, INITRAMFS_PATH), INITRAMFS);
  await rm(image, { force: true });
  const { label, guid: uuid, sizeBytes } = partition;
  await commands.run(mkfsRootExt4({ image, label, uuid, sizeBytes, epoch: 0, inodes: 64 }, tree));
  await writeFileAt(image, file, partition.startBytes);
}

/** Changes one byte in the middle of a slot's kernel, as a bad sector would. */
export async function damageKernel({ file, layout }: DecisionDisk, slot: Slot): Promise<void> {
  const partition = partitionOf(layout, slot === 'A' ? 'root-a' : 'root-b');
  const image = await readFile(file);
  const position = image.indexOf('HdrS', partition.startBytes) + 0x4000;
  await using disk = await open(file, 'r+');
  await writeAll(disk, Buffer.from('!'), position);
}
