import { mkdtempDisposable, open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { hostCommands } from '../host/run-commands.ts';
import { findInFat } from './fat-extent.ts';
import { fat32, type Fat32Request } from './fat32.ts';
import { MIB, SECTOR } from './layout.ts';
import { openPositional } from './positional-file.ts';
import { writeAll } from './write-at.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-fat32-'));

const REQUEST: Fat32Request = {
  sizeBytes: 64 * MIB,
  label: 'BOOT',
  serial: 0x1234_abcd,
  hiddenSectors: 2048,
  files: new Map([
    ['EFI/BOOT/BOOTX64.EFI', Buffer.alloc(3 * MIB + 7, 'grub')],
    ['kubeos/grubenv', Buffer.alloc(1024, '#')],
    ['kubeos/slot-A.cfg', Buffer.alloc(4096, 'A')],
    ['kubeos/slot-A.sum', Buffer.alloc(512, 'a')],
    ['kubeos/slot-B.cfg', Buffer.alloc(4096, 'B')],
    ['kubeos/a name of more than twenty-six letters.text', Buffer.from('long')],
  ]),
  time: new Date('2026-11-28T15:30:20Z'),
};

async function write(file: string, request: Fat32Request): Promise<void> {
  await using handle = await open(file, 'wx');
  await handle.truncate(request.sizeBytes);
  for (const { offsetBytes, bytes } of fat32(request)) await writeAll(handle, bytes, offsetBytes);
}

const onImage = (image: string, tool: string, ...args: string[]) => {
  const environment = { MTOOLS_SKIP_CHECK: '1' };
  return commands.run({ tool, args: ['-i', image, ...args], environment });
};

test('fsck.vfat finds nothing, and mtools find every file, its name, and the label', async (t) => {
  await using directory = await temporary();
  const image = path.join(directory.path, 'boot');
  await write(image, REQUEST);
  const checked = await commands.run({ tool: 'fsck.vfat', args: ['-nv', image] });
  t.notRegex(checked.stdout, /differ|wrong|dirty|Reclaim/i);
  t.regex(checked.stdout, /10 files/);
  for (const [name, content] of REQUEST.files) {
    const copy = path.join(directory.path, 'copy');
    await onImage(image, 'mcopy', '-n', '-o', `::/${name}`, copy);
    t.true((await readFile(copy)).equals(content), name);
  }
  const listed = await onImage(image, 'mdir', '::/kubeos');
  t.regex(listed.stdout, /Volume in drive : is BOOT/);
  t.regex(listed.stdout, /Serial Number is 1234-ABCD/);
  t.regex(listed.stdout, /4096 2026-11-28 {2}15:30 {2}slot-A.cfg/);
  const blkid = { tool: 'blkid', args: ['-p', '-o', 'export', image] };
  t.regex((await commands.run(blkid)).stdout, /LABEL=BOOT\nUUID=1234-ABCD\nVERSION=FAT32/);
});

test('each file lies in one piece, where the agent finds it', async (t) => {
  await using directory = await temporary();
  const image = path.join(directory.path, 'boot');
  await write(image, REQUEST);
  await using file = await openPositional(image);
  for (const [name, content] of REQUEST.files) {
    const { offset, length } = await findInFat(file, name);
    const found = Buffer.alloc(length);
    await file.read(found, offset);
    t.true(found.equals(content), name);
  }
});

test('a partition that is too small for FAT32, or for its files, is refused', (t) => {
  const files = new Map([['large', Buffer.alloc(33 * MIB)]]);
  const error = { code: 'NO_SPACE' };
  t.throws(() => fat32({ ...REQUEST, sizeBytes: 32 * MIB }), error);
  t.throws(() => fat32({ ...REQUEST, sizeBytes: 33 * MIB, files }), error);
});

test('whatever the size and the files, nothing overlaps and all lies inside', (t) => {
  const files = fc.dictionary(
    fc.stringMatching(/^(?:[A-Za-z]{1,9}\/){0,2}[a-z]{1,30}\.[a-z]{1,5}$/),
    fc.integer({ min: 1, max: 5000 }).map((length) => Buffer.alloc(length, 'x')),
    { maxKeys: 30 },
  );
  const sizes = fc.integer({ min: 34 * 2048, max: 512 * 2048 });
  const property = fc.property(files, sizes, (some, sectors) => {
    const sizeBytes = sectors * SECTOR;
    const placed = fat32({ ...REQUEST, sizeBytes, files: new Map(Object.entries(some)) });
    const sorted = placed.toSorted((one, other) => one.offsetBytes - other.offsetBytes);
    return sorted.every(({ offsetBytes, bytes }, index) => {
      const end = sorted[index + 1]?.offsetBytes ?? sizeBytes;
      return offsetBytes % SECTOR === 0 && offsetBytes + bytes.length <= end;
    });
  });
  t.notThrows(() => fc.assert(property, { numRuns: 40 }));
});

test('fsck.vfat finds nothing in file systems of any size', async (t) => {
  await using directory = await temporary();
  const sizes = [33 * MIB + SECTOR, 64 * MIB + 3 * SECTOR, 256 * MIB, 1024 * MIB];
  for (const [index, sizeBytes] of sizes.entries()) {
    const image = path.join(directory.path, `boot-${index}`);
    await write(image, { ...REQUEST, sizeBytes });
    await t.notThrowsAsync(commands.run({ tool: 'fsck.vfat', args: ['-nv', image] }));
  }
});
