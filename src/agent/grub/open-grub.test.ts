import { copyFile, mkdtempDisposable, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { BIOS_PLACE_BYTES, biosBootCode } from '../../disk/bios-boot-code.ts';
import { UEFI_FIRST, UEFI_PLACE_BYTES, UEFI_SECOND } from '../../disk/grub-places.ts';
import { sealGrubImage } from '../../disk/grub-seal.ts';
import { mkfsFat32 } from '../../disk/mkfs.ts';
import { openPositional } from '../../disk/positional-file.ts';
import { writeAll } from '../../disk/write-at.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { NodeDevices } from '../node/find-node-disk.ts';
import type { NodeGrub } from './node-grub.ts';
import { openGrub } from './open-grub.ts';
import { readGrubPlaces } from './read-grub.ts';
import { swapPlaces, writePlace } from './write-grub.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-open-grub-'));

const ONE = { version: 'uefi-1111111111111111', epoch: 1 };
const TWO = { version: 'uefi-2222222222222222', epoch: 2 };
const sealed = (label: typeof ONE): Uint8Array =>
  sealGrubImage(Buffer.alloc(900_000, label.version), label, UEFI_PLACE_BYTES);

/** BOOT by mkfs.vfat and mtools, with these files below EFI/BOOT. */
async function makeBoot(
  directory: string,
  files: readonly (readonly [string, Uint8Array])[],
): Promise<NodeDevices> {
  const boot = path.join(directory, 'boot');
  await writeFile(boot, '');
  await truncate(boot, 40 * 2 ** 20);
  await commands.run(mkfsFat32(boot, 'BOOT', '12345678'));
  await commands.run({ tool: 'mmd', args: ['-i', boot, '::/EFI', '::/EFI/BOOT'] });
  for (const [name, bytes] of files) {
    const staged = path.join(directory, 'staged');
    await writeFile(staged, bytes);
    await commands.run({ tool: 'mcopy', args: ['-i', boot, staged, `::/${name}`] });
  }
  const root = { A: '', B: '' };
  return {
    booted: 'A',
    disk: '',
    boot,
    root,
    biosBoot: null,
    grub: ONE.version,
    triesArguments: false,
  };
}

async function contentOf(boot: string, name: string): Promise<Buffer> {
  await commands.run({ tool: 'mcopy', args: ['-n', '-i', boot, `::/${name}`, `${boot}.copy`] });
  return await readFile(`${boot}.copy`);
}

function twoPlaces(grub: NodeGrub) {
  if (grub.kind === 'two-places') return grub;
  throw new Error(grub.reason);
}

test('another GRUB is written and made the first, and every FAT driver sees that', async (t) => {
  await using dir = await temporary();
  const devices = await makeBoot(dir.path, [
    [UEFI_FIRST.amd64, sealed(ONE)],
    [UEFI_SECOND, new Uint8Array(UEFI_PLACE_BYTES)],
  ]);
  const { boot: file } = devices;
  await copyFile(file, `${file}.before`);
  {
    await using boot = await openPositional(file, { isWritable: true, isExclusive: true });
    const grub = twoPlaces(await openGrub(boot, devices));
    t.deepEqual(await readGrubPlaces(grub), { first: 0, labels: [ONE, null] });
    await writePlace(grub.places[1], sealed(TWO));
    t.deepEqual(await readGrubPlaces(grub), { first: 0, labels: [ONE, TWO] });
    await swapPlaces(grub, 1);
    t.deepEqual(await readGrubPlaces(grub), { first: 1, labels: [ONE, TWO] });
    // Opened anew it is the same.
    const again = twoPlaces(await openGrub(boot, devices));
    t.deepEqual(await readGrubPlaces(again), { first: 1, labels: [ONE, TWO] });
  }
  await t.notThrowsAsync(commands.run({ tool: 'fsck.vfat', args: ['-n', file] }));
  t.true((await contentOf(file, UEFI_FIRST.amd64)).equals(sealed(TWO)));
  t.true((await contentOf(file, UEFI_SECOND)).equals(sealed(ONE)));
  t.is(await differingSectors(`${file}.before`, file), 1 + UEFI_PLACE_BYTES / 512 - ZERO_SECTORS);
});

/** Of a sealed image these are as they were: zeros. */
const ZERO_SECTORS = UEFI_PLACE_BYTES / 512 - Math.ceil(900_000 / 512) - 2;

async function differingSectors(one: string, two: string): Promise<number> {
  const [before, after] = [await readFile(one), await readFile(two)];
  let count = 0;
  for (let at = 0; at < before.length; at += 512) {
    if (!before.subarray(at, at + 512).equals(after.subarray(at, at + 512))) count += 1;
  }
  return count;
}

test('for a BIOS the boot sector names the first; the rest of it stays', async (t) => {
  await using dir = await temporary();
  const disk = path.join(dir.path, 'disk');
  await writeFile(disk, Buffer.alloc(512, 'table '));
  await truncate(disk, 2 ** 20);
  const label = { version: 'bios-1111111111111111', epoch: 1 };
  const images = { bootSector: Buffer.alloc(512), core: Buffer.alloc(9000, 'core') };
  {
    await using handle = await open(disk, 'r+');
    for (const { bytes, offsetBytes } of biosBootCode(images, label)) {
      await writeAll(handle, bytes, offsetBytes);
    }
  }
  // A partition begins where it begins; a file of its own stands for it.
  const biosBoot = path.join(dir.path, 'bios-boot');
  await writeFile(biosBoot, (await readFile(disk)).subarray(34 * 512));
  const before = await readFile(disk);
  const devices = {
    ...{ booted: 'A' as const, disk, boot: '', root: { A: '', B: '' }, biosBoot },
    ...{ grub: label.version, triesArguments: false },
  };
  await using none = await openPositional(disk);
  const grub = twoPlaces(await openGrub(none, devices));
  t.deepEqual(grub.sectors, [34, 1041]);
  t.deepEqual(await readGrubPlaces(grub), { first: 0, labels: [label, null] });
  await writePlace(grub.places[1], await readOf(biosBoot, 0, BIOS_PLACE_BYTES));
  await swapPlaces(grub, 1);
  t.deepEqual(await readGrubPlaces(grub), { first: 1, labels: [label, label] });
  const after = await readFile(disk);
  t.is(after.readBigUInt64LE(0x5c), 1041n);
  after.writeBigUInt64LE(34n, 0x5c);
  t.true(after.equals(before));
});

async function readOf(file: string, offset: number, length: number): Promise<Buffer> {
  return (await readFile(file)).subarray(offset, offset + length);
}

test('a disk from before, and a GRUB that does not say its version, are said to be fixed', async (t) => {
  await using dir = await temporary();
  const devices = await makeBoot(dir.path, [[UEFI_FIRST.amd64, sealed(ONE)]]);
  await using boot = await openPositional(devices.boot, { isWritable: true });
  const old = await openGrub(boot, devices);
  t.is(old.kind === 'fixed' ? old.booted : '', ONE.version);
  t.regex(old.kind === 'fixed' ? old.reason : '', /has no EFI\/BOOT\/GRUBNEXT\.EFI/);
  const mute = await openGrub(boot, { ...devices, grub: null });
  t.regex(mute.kind === 'fixed' ? mute.reason : '', /does not say its version/);
  const bios = await openGrub(boot, { ...devices, grub: 'bios-1111111111111111' });
  t.regex(bios.kind === 'fixed' ? bios.reason : '', /no BIOS boot partition/);
});
