import { hash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import test from 'ava';
import { BIOS_PLACE_BYTES, biosBootCode, biosPlace } from './bios-boot-code.ts';
import { isSealOf, readGrubLabel, SEAL_BYTES } from './grub-seal.ts';

const bootImage = readFile('/usr/lib/grub/i386-pc/boot.img');
const LABEL = { version: 'bios-0123456789abcdef', epoch: 3 };
const BOOT_SECTOR = BIOS_PLACE_BYTES - SEAL_BYTES - 512;

test('the boot sector names the sector of the core image, and leaves the partition table alone', async (t) => {
  const original = await bootImage;
  const [sector] = biosBootCode({ bootSector: original, core: Buffer.alloc(1000) }, LABEL);
  t.is(sector?.offsetBytes, 0);
  const bytes = Buffer.from(sector?.bytes ?? []);
  t.is(bytes.length, 440);
  t.is(bytes.readBigUInt64LE(0x5c), 34n);
  t.deepEqual([...bytes.subarray(0x66, 0x68)], [0x90, 0x90]);
  const unchanged = (image: Buffer) =>
    Buffer.concat([image.subarray(0, 0x5c), image.subarray(0x64, 0x66), image.subarray(0x68, 440)]);
  t.deepEqual(unchanged(bytes), unchanged(original));
});

test('the core image names the rest of itself', async (t) => {
  const images = { bootSector: await bootImage, core: Buffer.alloc(1025, 'c') };
  const [, core] = biosBootCode(images, LABEL);
  t.is(core?.offsetBytes, 34 * 512);
  const bytes = Buffer.from(core?.bytes ?? []);
  t.is(bytes.length, BIOS_PLACE_BYTES);
  t.is(bytes.readBigUInt64LE(0x1f4), 35n);
  t.is(bytes.readUInt16LE(0x1fc), 2);
  t.is(bytes.readUInt16LE(0x1fe), 0x820);
  t.deepEqual(bytes.subarray(1024, 1536), Buffer.concat([Buffer.from('c'), Buffer.alloc(511)]));
});

test('each half of the BIOS boot partition can be started by a boot sector of its own, and is sealed', async (t) => {
  const images = { bootSector: await bootImage, core: Buffer.alloc(1025, 'c') };
  for (const place of [34, 1041] as const) {
    const bytes = Buffer.from(biosPlace(images, LABEL, place));
    const sector = bytes.subarray(BOOT_SECTOR, BOOT_SECTOR + 512);
    t.is(sector.readBigUInt64LE(0x5c), BigInt(place));
    t.is(sector.readUInt16LE(510), 0xaa55);
    t.is(bytes.readBigUInt64LE(0x1f4), BigInt(place + 1));
    t.deepEqual(readGrubLabel(bytes.subarray(-SEAL_BYTES)), LABEL);
    t.true(isSealOf(bytes, hash('sha256', bytes.subarray(0, -512)), bytes.length));
  }
});

test('a core image fills its half of the BIOS boot partition, and not one sector more', async (t) => {
  const bootSector = await bootImage;
  t.notThrows(() => biosBootCode({ bootSector, core: Buffer.alloc(BOOT_SECTOR) }, LABEL));
  t.throws(() => biosBootCode({ bootSector, core: Buffer.alloc(BOOT_SECTOR + 1) }, LABEL), {
    code: 'BUILD_CHECK_FAILED',
  });
});

test('what GRUB itself left in boot.img is not changed in place', async (t) => {
  const bootSector = await bootImage;
  const before = Buffer.from(bootSector);
  biosBootCode({ bootSector, core: Buffer.alloc(512) }, LABEL);
  t.deepEqual(bootSector, before);
});
