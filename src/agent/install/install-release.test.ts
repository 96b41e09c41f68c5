import { createHash } from 'node:crypto';
import { mkdtempDisposable, open, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { findInFat } from '../../disk/fat-extent.ts';
import { readGpt } from '../../disk/gpt.ts';
import { MIB, partitionOf, SECTOR } from '../../disk/layout.ts';
import { leastLayout, type DiskShape } from '../../disk/disk-shape.ts';
import { openPositional, partOf } from '../../disk/positional-file.ts';
import { readSlotRecords } from '../../disk/slot-record-file.ts';
import { checkTable } from '../../disk/sgdisk.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { firstRecords } from './first-records.ts';
import { installRelease, type InstallPhase, type Installation } from './install-release.ts';
import { openTarget } from './open-target.ts';
import { planInstall, type InstallPlan } from './plan-install.ts';
import { probeWithBlkid, readContent } from './read-content.ts';
import { runTool } from './run-tool.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const SHAPE: DiskShape = {
  ...{ arch: 'amd64', firmware: ['uefi', 'bios'] },
  ...{ boot: 36 * MIB, root: 12 * MIB, persist: 64 * MIB },
};
const IMAGE = Buffer.alloc(9 * MIB + 4096, 'the root image that runs ');
const SHA256 = createHash('sha256').update(IMAGE).digest('hex');
const RECORDED = {
  ...{ digest: `sha256:${'ab'.repeat(32)}`, version: '1.0.0', epoch: 1, securityFloor: 0 },
  image: { size: IMAGE.length, sha256: SHA256 },
};
const NOW = new Date('2026-11-28T16:00:00Z');

function planFor(diskBytes: number, seed = 'a disk'): InstallPlan {
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

const LEAST = leastLayout(SHAPE, 'a disk').sizeBytes;

/** A disk in a file that is full of what was there before. */
async function makeDisk(directory: string, sizeBytes: number): Promise<string> {
  const file = path.join(directory, 'disk');
  await using handle = await open(file, 'w');
  for (let done = 0; done < sizeBytes; done += MIB) {
    await handle.write(Buffer.alloc(Math.min(MIB, sizeBytes - done), 'what was here before '));
  }
  return file;
}

const temporary = async () => await mkdtempDisposable('/var/tmp/kubeos-install-');

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4 * MIB) yield bytes.subarray(at, at + 4 * MIB);
}

async function install(
  device: string,
  plan: InstallPlan,
  change: Partial<Installation> = {},
): Promise<void> {
  const mke2fsConfiguration = fileURLToPath(import.meta.resolve('#templates/mke2fs.conf'));
  const records = firstRecords(RECORDED, NOW);
  await using target = await openTarget({ device, run: runTool, mke2fsConfiguration, records });
  await installRelease({
    ...{ plan, target, image: chunksOf(IMAGE), expected: RECORDED.image },
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

async function contentOf(device: string, sizeBytes: number) {
  return await readContent({ device, partitions: [], sizeBytes }, probe);
}

/** As the programs see it that nobody of ours has written. */
async function assertInstalled(
  t: ExecutionContext,
  disk: string,
  { layout }: InstallPlan,
): Promise<void> {
  await t.notThrowsAsync(checkTable(commands, layout, disk));
  await using file = await openPositional(disk);
  const boot = partitionOf(layout, 'boot');
  const bootImage = `${disk}.boot`;
  await copyOut(disk, boot.startBytes, boot.sizeBytes, bootImage);
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

async function copyOut(disk: string, offset: number, length: number, to: string): Promise<void> {
  await using file = await openPositional(disk);
  const bytes = Buffer.alloc(length);
  await file.read(bytes, offset);
  await writeFile(to, bytes);
}

const sized = test.macro(async (t, diskBytes: number) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, diskBytes);
  t.like(await contentOf(disk, diskBytes), { kind: 'data' });
  const plan = planFor(diskBytes);
  const phases = new Set<InstallPhase>();
  await install(disk, plan, { report: (phase) => phases.add(phase) });
  await assertInstalled(t, disk, plan);
  t.deepEqual(
    [...phases],
    ['clearing', 'persist', 'root', 'reading-back', 'boot', 'partition-table', 'done'],
  );
  const sector = (await readFile(disk)).subarray(0, SECTOR);
  t.is(sector.toString('latin1', 0, 8), 'codecode');
  t.is(sector.readUInt16LE(510), 0xaa55);
  // Nothing is left for the first boot to grow.
  const grow = { tool: 'sh', args: ['templates/initramfs/grow-persist', disk] };
  const environment = { TMPDIR: directory.path };
  const workingDirectory = fileURLToPath(new URL('../../..', import.meta.url));
  t.is((await commands.run({ ...grow, environment, workingDirectory })).stdout, '');
});

test('a disk is whole for sgdisk, fsck.vfat, e2fsck and debugfs', sized, LEAST + 100 * MIB);
test('a disk of just the size that is needed', sized, LEAST);
test('a disk that ends between two MiB', sized, LEAST + 7 * MIB + 40 * SECTOR);
test('a disk that ends just behind a MiB', sized, LEAST + 7 * MIB + SECTOR);

/** As firmware and Linux look: a protective entry first, then a table. */
function isBootable(disk: Buffer): boolean {
  const isProtected = disk.readUInt8(450) === 0xee && disk.readUInt16LE(510) === 0xaa55;
  const read = (offset: number, length: number): Uint8Array =>
    disk.subarray(offset, offset + length);
  const tables = [readGpt(read, 1), readGpt(read, disk.length / SECTOR - 1)];
  return isProtected && tables.some((table) => table?.isValid === true);
}

test('wherever it is cut, the disk is plainly not installed, and the same again completes it', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, LEAST);
  await commands.run({ tool: 'sgdisk', args: ['--clear', '--new=1:2048:+10M', disk] });
  t.true(isBootable(await readFile(disk)));
  let writes = 0;
  for (let cutAt = 2; ; cutAt = Math.ceil(cutAt * 1.3)) {
    writes = 0;
    const plan = planFor(LEAST, `disk ${cutAt}`);
    const isCut = await installCutAt(disk, plan, () => (writes += 1) < cutAt);
    if (!isCut) break;
    t.false(isBootable(await readFile(disk)), `after ${cutAt} writes`);
    t.deepEqual(await contentOf(disk, LEAST), { kind: 'unfinished' }, `after ${cutAt} writes`);
  }
  t.true(writes > 20, `${writes} writes`);
  t.true(isBootable(await readFile(disk)));
  const last = planFor(LEAST, 'disk at last');
  t.true(await installCutAt(disk, last, () => (writes -= 1) > 0));
  await install(disk, last);
  await assertInstalled(t, disk, last);
});

class PowerCut extends Error {}

/** Every write after the cut is lost. @returns false where it came to its end before that */
async function installCutAt(
  device: string,
  plan: InstallPlan,
  isOn: () => boolean,
): Promise<boolean> {
  const mke2fsConfiguration = fileURLToPath(import.meta.resolve('#templates/mke2fs.conf'));
  const records = firstRecords(RECORDED, NOW);
  await using target = await openTarget({ device, run: runTool, mke2fsConfiguration, records });
  const disk = {
    ...target.disk,
    write: async (bytes: Uint8Array, position: number) => {
      if (!isOn()) throw new PowerCut();
      await target.disk.write(bytes, position);
    },
  };
  try {
    await installRelease({
      ...{ plan, image: chunksOf(IMAGE), expected: RECORDED.image },
      target: { ...target, disk },
      signal: new AbortController().signal,
      report: () => undefined,
    });
  } catch (error) {
    if (error instanceof PowerCut) return true;
    throw error;
  }
  return false;
}

test('a root image that is not what it should be is not made to boot', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, LEAST);
  const damaged = Buffer.from(IMAGE);
  damaged.writeUInt8(0, 5 * MIB);
  const error = { code: 'RELEASE_INVALID' };
  await t.throwsAsync(install(disk, planFor(LEAST), { image: chunksOf(damaged) }), error);
  t.false(isBootable(await readFile(disk)));
});

test('a disk that loses a write is found out, and does not boot', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, LEAST);
  const plan = planFor(LEAST);
  const lost = [
    partitionOf(plan.layout, 'root-a').startBytes + 4 * MIB,
    partitionOf(plan.layout, 'boot').startBytes,
    LEAST - 33 * SECTOR,
    SECTOR,
  ];
  for (const place of lost) {
    const mke2fsConfiguration = fileURLToPath(import.meta.resolve('#templates/mke2fs.conf'));
    const records = firstRecords(RECORDED, NOW);
    await using target = await openTarget({
      ...{ device: disk, run: runTool, mke2fsConfiguration, records },
    });
    const faulty = {
      ...target.disk,
      write: async (bytes: Uint8Array, position: number) => {
        if (position === place && bytes.some((byte) => byte !== 0)) return;
        await target.disk.write(bytes, position);
      },
    };
    const change = { target: { ...target, disk: faulty } };
    await t.throwsAsync(install(disk, plan, change), { code: 'HOST_NOT_READY' }, String(place));
    t.false(isBootable(await readFile(disk)));
  }
});

test('told to stop it stops, and says how to go on', async (t) => {
  await using directory = await temporary();
  const disk = await makeDisk(directory.path, LEAST);
  const controller = new AbortController();
  const error = await t.throwsAsync(
    install(disk, planFor(LEAST), {
      signal: controller.signal,
      report: (phase) => phase === 'root' && controller.abort(),
    }),
    { code: 'CANCELLED' },
  );
  t.regex(error?.message ?? '', /does not boot/);
  t.deepEqual(await contentOf(disk, LEAST), { kind: 'unfinished' });
});
