import { mkdtempDisposable, open, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../host/run-commands.ts';
import { findInFat } from './fat-extent.ts';
import { mkfsFat32 } from './mkfs.ts';
import { openPositional } from './positional-file.ts';

const commands = hostCommands({ signal: new AbortController().signal });

/** A FAT32 image with these files, made by mkfs.vfat and mtools. */
async function makeFat(directory: string, files: ReadonlyMap<string, Buffer>): Promise<string> {
  const image = path.join(directory, 'fat.img');
  await writeFile(image, '');
  await truncate(image, 40 * 2 ** 20);
  await commands.run(mkfsFat32(image, 'BOOT', '12345678'));
  await commands.run({ tool: 'mmd', args: ['-i', image, '::/kubeos'] });
  for (const [name, content] of files) {
    const file = path.join(directory, 'content');
    await writeFile(file, content);
    await commands.run({ tool: 'mcopy', args: ['-i', image, file, `::/${name}`] });
  }
  return image;
}

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-fat-'));

test('files are found where mtools put them, by long and short names', async (t) => {
  await using dir = await temporary();
  const many = Array.from({ length: 60 }, (_, index) => [
    `kubeos/a-rather-long-name-${index}.configuration`,
    Buffer.alloc(700 + index, `${index} `),
  ]);
  const files = new Map<string, Buffer>([
    ['kubeos/grubenv', Buffer.alloc(1024, 'grubenv ')],
    ['kubeos/slot-A.cfg', Buffer.alloc(4096, 'slot a ')],
    ['UPPER.TXT', Buffer.from('upper')],
    ...(many as [string, Buffer][]),
  ]);
  const image = await makeFat(dir.path, files);
  await using fat = await openPositional(image);
  for (const [name, content] of files) {
    const { offset, length } = await findInFat(fat, name);
    const bytes = Buffer.alloc(length);
    await fat.read(bytes, offset);
    t.true(bytes.equals(content), name);
  }
  t.deepEqual(await findInFat(fat, 'KUBEOS/GRUBENV'), await findInFat(fat, 'kubeos/grubenv'));
});

test('what is written at that place is the content of the file, and nothing else changes', async (t) => {
  await using dir = await temporary();
  const image = await makeFat(dir.path, new Map([['kubeos/slot-B.cfg', Buffer.alloc(4096, 'a')]]));
  {
    await using fat = await openPositional(image, { isWritable: true, isExclusive: true });
    const { offset } = await findInFat(fat, 'kubeos/slot-B.cfg');
    await fat.write(Buffer.alloc(4096, 'b'), offset);
    await fat.flush();
  }
  const copy = path.join(dir.path, 'copy');
  await commands.run({ tool: 'mcopy', args: ['-i', image, '::/kubeos/slot-B.cfg', copy] });
  t.true((await readFile(copy)).equals(Buffer.alloc(4096, 'b')));
  await t.notThrowsAsync(commands.run({ tool: 'fsck.vfat', args: ['-n', image] }));
});

test('a file in several pieces, one that is not there and what is no FAT32 are refused', async (t) => {
  await using dir = await temporary();
  const names = ['first', 'second', 'third', 'fourth'];
  const files = names.map((name) => [`kubeos/${name}`, Buffer.alloc(9 * 2 ** 20)] as const);
  const image = await makeFat(dir.path, new Map(files));
  // What is left is one piece of 3 MiB at the end, and these two.
  const freed = ['::/kubeos/first', '::/kubeos/third'];
  await commands.run({ tool: 'mdel', args: ['-i', image, ...freed] });
  const file = path.join(dir.path, 'large');
  await writeFile(file, Buffer.alloc(12 * 2 ** 20));
  await commands.run({ tool: 'mcopy', args: ['-i', image, file, '::/kubeos/pieces'] });
  await using fat = await openPositional(image);
  const refused = { code: 'HOST_NOT_READY' };
  await t.throwsAsync(findInFat(fat, 'kubeos/pieces'), { ...refused, message: /several pieces/ });
  await t.throwsAsync(findInFat(fat, 'kubeos/first'), { ...refused, message: /has no/ });
  await t.throwsAsync(findInFat(fat, 'kubeos'), { ...refused, message: /has no kubeos/ });
  await t.throwsAsync(findInFat(fat, 'kubeos/second/x'), refused);
  const zeros = path.join(dir.path, 'zeros');
  await (await open(zeros, 'w')).close();
  await truncate(zeros, 4096);
  await using none = await openPositional(zeros);
  await t.throwsAsync(findInFat(none, 'kubeos/grubenv'), { ...refused, message: /no FAT32/ });
});
