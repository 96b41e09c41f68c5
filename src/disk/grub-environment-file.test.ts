import { link, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { readGrubEnvironment, writeGrubEnvironment } from './grub-environment-file.ts';
import { parseGrubEnvironment, serialiseGrubEnvironment } from './grub-environment.ts';

const block = Buffer.from(serialiseGrubEnvironment(new Map([['order', 'B A']])));
const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-grubenv-'));

test('a block is written over the old one, in the same file', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'grubenv');
  await writeFile(file, Buffer.alloc(1024, 'x'));
  // A second name of the same inode still shows the change only if nothing was renamed over the first.
  await link(file, `${file}-again`);
  await writeGrubEnvironment({ file }, block);
  t.deepEqual(await readFile(`${file}-again`), block);
  t.deepEqual(Buffer.from(await readGrubEnvironment({ file })), block);
});

test('a block inside a disk leaves every other byte as it was', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'disk');
  await writeFile(file, Buffer.alloc(8192, 'x'));
  await writeGrubEnvironment({ file, offset: 4096 }, block);
  const disk = await readFile(file);
  t.is(disk.length, 8192);
  t.deepEqual(disk.subarray(4096, 5120), block);
  const around = Buffer.concat([disk.subarray(0, 4096), disk.subarray(5120)]);
  t.deepEqual(around, Buffer.alloc(7168, 'x'));
});

test('a longer file is not cut to the length of the block', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'grubenv');
  await writeFile(file, Buffer.alloc(2000, 'x'));
  await writeGrubEnvironment({ file }, block);
  t.is((await stat(file)).size, 2000);
});

test('a missing file is an error, not a new file', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'grubenv');
  await t.throwsAsync(writeGrubEnvironment({ file }, block), { code: 'ENOENT' });
  await t.throwsAsync(stat(file), { code: 'ENOENT' });
});

test('a file that was cut short is read as it is, and parsed as damaged', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'grubenv');
  await writeFile(file, block.subarray(0, 100));
  t.is(parseGrubEnvironment(await readGrubEnvironment({ file })).kind, 'damaged');
});
