import { mkdtempDisposable, open, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { copySparse } from './copy-sparse.ts';
import { MIB } from './layout.ts';

const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-copy-'));

/** 16 MiB, of which only a few bytes in the middle and the last one are not zero; written out in full. */
async function mostlyZeros(file: string): Promise<Buffer> {
  const content = Buffer.alloc(16 * MIB);
  content.write('middle', 7 * MIB - 3);
  content.write('!', content.length - 1);
  await writeFile(file, content);
  return content;
}

test('copies every byte and leaves zeros as holes', async (t) => {
  await using dir = await temporary();
  const [source, destination] = [path.join(dir.path, 'a'), path.join(dir.path, 'b')];
  const content = await mostlyZeros(source);
  await copySparse(source, destination);
  t.true(content.equals(await readFile(destination)));
  t.true((await stat(destination)).blocks * 512 <= 4 * MIB);
});

test('replaces a longer file without leaving any of its bytes', async (t) => {
  await using dir = await temporary();
  const [source, destination] = [path.join(dir.path, 'a'), path.join(dir.path, 'b')];
  const content = await mostlyZeros(source);
  await writeFile(destination, Buffer.alloc(20 * MIB, 0xff));
  await copySparse(source, destination);
  t.true(content.equals(await readFile(destination)));
});

test('copies into a file at an offset and leaves the rest of it alone', async (t) => {
  await using dir = await temporary();
  const [source, destination] = [path.join(dir.path, 'a'), path.join(dir.path, 'b')];
  const content = await mostlyZeros(source);
  {
    await using handle = await open(destination, 'wx');
    await handle.write('before');
    await handle.truncate(24 * MIB);
  }
  await copySparse(source, destination, { offset: 4096 });
  const result = await readFile(destination);
  t.is(result.toString('latin1', 0, 6), 'before');
  t.true(content.equals(result.subarray(4096, 4096 + content.length)));
  t.is(result.length, 24 * MIB);
});

test('names the file that cannot be read', async (t) => {
  await using dir = await temporary();
  const error = await t.throwsAsync(
    copySparse(path.join(dir.path, 'absent'), path.join(dir.path, 'b')),
  );
  t.regex(error.message, /ENOENT.*absent/);
});
