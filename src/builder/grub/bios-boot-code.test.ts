import { readFile } from 'node:fs/promises';
import test from 'ava';
import { biosBootCode } from './bios-boot-code.ts';
import { grubModuleDirectory } from './grub-image.ts';

const bootImage = readFile(`${grubModuleDirectory({ firmware: 'bios', arch: 'amd64' })}/boot.img`);

test('the boot sector names the sector of the core image, and leaves the partition table alone', async (t) => {
  const original = await bootImage;
  const [sector] = biosBootCode(original, Buffer.alloc(1000));
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
  const [, core] = biosBootCode(await bootImage, Buffer.alloc(1025, 'c'));
  t.is(core?.offsetBytes, 34 * 512);
  const bytes = Buffer.from(core?.bytes ?? []);
  t.is(bytes.length, 3 * 512);
  t.is(bytes.readBigUInt64LE(0x1f4), 35n);
  t.is(bytes.readUInt16LE(0x1fc), 2);
  t.is(bytes.readUInt16LE(0x1fe), 0x820);
  t.deepEqual(bytes.subarray(1024), Buffer.concat([Buffer.from('c'), Buffer.alloc(511)]));
});

test('a core image fills the BIOS boot partition, and not one sector more', async (t) => {
  const image = await bootImage;
  const room = (2048 - 34) * 512;
  t.notThrows(() => biosBootCode(image, Buffer.alloc(room)));
  t.throws(() => biosBootCode(image, Buffer.alloc(room + 1)), { code: 'BUILD_CHECK_FAILED' });
});

test('what GRUB itself left in boot.img is not changed in place', async (t) => {
  const image = await bootImage;
  const before = Buffer.from(image);
  biosBootCode(image, Buffer.alloc(512));
  t.deepEqual(image, before);
});
