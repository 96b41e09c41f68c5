import { createHash } from 'node:crypto';
import { mkdtempDisposable, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ExecutionContext } from 'ava';
import { leastLayout, type DiskShape } from '../../../disk/disk-shape.ts';
import { findInFat } from '../../../disk/fat-extent.ts';
import { readGpt } from '../../../disk/gpt.ts';
import { MIB, partitionOf, SECTOR, type Partition } from '../../../disk/layout.ts';
import { openPositional, partOf } from '../../../disk/positional-file.ts';
import { checkTable } from '../../../disk/sgdisk.ts';
import { readSlotRecords } from '../../../disk/slot-record-file.ts';
import { hostCommands } from '../../../host/run-commands.ts';
import { firstRecords } from '../first-records.ts';
import { installRelease, type Installation } from '../install-release.ts';
import { openTarget } from '../open-target.ts';
import { planInstall, type InstallPlan } from '../plan-install.ts';
import { probeWithBlkid, readContent } from '../read-content.ts';
import { runTool } from '../run-tool.ts';

export const commands = hostCommands({ signal: new AbortController().signal });
const SHAPE: DiskShape = {
  ...{ arch: 'amd64', firmware: ['uefi', 'bios'] },
  ...{ boot: 36 * MIB, root: 12 * MIB, persist: 64 * MIB },
};
export const IMAGE = Buffer.alloc(9 * MIB + 4096, 'the root image that runs ');
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');
export const RECORDED = {
  ...{ digest: `sha256:${'ab'.repeat(32)}`, version: '1.0.0', epoch: 1, securityFloor: 0 },
  image: { size: IMAGE.length, sha256: SHA256 },
};
const NOW = new Date('2026-11-28T16:00:00Z');

export function planFor(diskBytes: number, seed = 'a disk'): InstallPlan {
  return planInstall({
    ...{ shape: SHAPE, diskBytes, seed, time: NOW },
    bootFiles: new Map([
      ['EFI/BOOT/BOOTX64.EFI', Buffer.alloc(MIB, 'grub')],
      ['kubeos/grubenv', Buffer.alloc(1024, '#')],
    ]),
    biosCode: [
      { offsetBytes: 0, bytes: Buffer.alloc(440, 'code') },
      { offsetBytes: 34 * SECTOR, bytes: Buffer.alloc(2000, 'core') },
    ],
  });
}

export const LEAST = leastLayout(SHAPE, 'a disk').sizeBytes;

/** A disk in a file that is full of what was there before. */
export async function makeDisk(directory: string, sizeBytes: number): Promise<string> {
  const file = path.join(directory, 'disk');
  await using handle = await open(file, 'w');
  for (let done = 0; done < sizeBytes; done += MIB) {
    await handle.write(Buffer.alloc(Math.min(MIB, sizeBytes - done), 'what was here before '));
  }
  return file;
}

export const temporary = async () => await mkdtempDisposable('/var/tmp/kubeos-install-');

export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4 * MIB) yield bytes.subarray(at, at + 4 * MIB);
}

export interface InstallChange extends Partial<Omit<Installation, 'target'>> {
  /** Whether a write reaches the disk; may throw. */
  readonly arrives?: (position: number, bytes: Uint8Array) => boolean;
}

export async function install(
  device: string,
  plan: InstallPlan,
  { arrives = () => true, ...change }: InstallChange = {},
): Promise<void> {
  const mke2fsConfiguration = fileURLToPath(import.meta.resolve('#templates/mke2fs.conf'));
  const records = firstRecords(RECORDED, NOW);
  await using target = await openTarget({ device, run: runTool, mke2fsConfiguration, records });
  const write = async (bytes: Uint8Array, position: number): Promise<void> => {
    if (arrives(position, bytes)) await target.disk.write(bytes, position);
  };
  await installRelease({
    ...{ plan, image: chunksOf(IMAGE), expected: RECORDED.image },
    target: { ...target, disk: { ...target.disk, write } },
    signal: new AbortController().signal,
    report: () => undefined,
    ...change,
  });
}

const probe = probeWithBlkid(async (program, args) => {
  const { stdout, exitCode } = await commands.run({
    ...{ tool: program, args, successCodes: [0, 2, 8] },
  });
  return { stdout, exitCode };
});

export async function contentOf(device: string, sizeBytes: number) {
  return await readContent({ device, partitions: [], sizeBytes }, probe);
}

/** As the programs see it that nobody of ours has written. */
export async function assertInstalled(
  t: ExecutionContext,
  disk: string,
  { layout }: InstallPlan,
): Promise<void> {
  await t.notThrowsAsync(checkTable(commands, layout, disk));
  await using file = await openPositional(disk);
  const boot = partitionOf(layout, 'boot');
  const bootImage = `${disk}.boot`;
  await copyOut(disk, boot, bootImage);
  await t.notThrowsAsync(commands.run({ tool: 'fsck.vfat', args: ['-n', bootImage] }));
  const grub = await findInFat(
    partOf(file, boot.startBytes, boot.sizeBytes),
    'EFI/BOOT/BOOTX64.EFI',
  );
  t.is(grub.length, MIB);
  const root = Buffer.alloc(IMAGE.length);
  await file.read(root, partitionOf(layout, 'root-a').startBytes);
  t.true(root.equals(IMAGE));
  const persist = partitionOf(layout, 'persist');
  const at = `${disk}?offset=${persist.startBytes}`;
  await t.notThrowsAsync(commands.run({ tool: 'e2fsck', args: ['-fn', at] }));
  const records = `${disk}.records`;
  await commands.run({ tool: 'debugfs', args: ['-R', `dump /kubeos/slots.json ${records}`, at] });
  await using recorded = await openPositional(records);
  t.like(await readSlotRecords(recorded), {
    A: { state: 'good', release: RECORDED },
    B: { state: 'empty' },
  });
  const stat = await commands.run({ tool: 'debugfs', args: ['-R', 'stat /', at] });
  t.regex(stat.stdout, /Mode: {2}0755/);
}

async function copyOut(disk: string, { startBytes, sizeBytes }: Partition, to: string) {
  await using file = await openPositional(disk);
  const bytes = Buffer.alloc(sizeBytes);
  await file.read(bytes, startBytes);
  await writeFile(to, bytes);
}

/** As firmware and Linux look: a protective entry first, then a table. */
export function isBootable(disk: Buffer): boolean {
  const isProtected = disk.readUInt8(450) === 0xee && disk.readUInt16LE(510) === 0xaa55;
  const read = (offset: number, length: number): Uint8Array =>
    disk.subarray(offset, offset + length);
  const tables = [readGpt(read, 1), readGpt(read, disk.length / SECTOR - 1)];
  return isProtected && tables.some((table) => table?.isValid === true);
}
