import { mkdtempDisposable, readFile, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { KubeosError } from '../../../errors.ts';
import { hostCommands } from '../../../host/run-commands.ts';
import { wholeFile } from '../byte-range.ts';
import { writeTestTar } from '../testing/write-test-tar.ts';
import { readTar } from './read-tar.ts';
import type { TarEntry } from './tar-entry.ts';

const { signal } = new AbortController();
const commands = hostCommands({ signal });

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-tar-'));

async function entriesOf(file: string): Promise<readonly TarEntry[]> {
  const entries: TarEntry[] = [];
  const source = { range: await wholeFile(file), name: path.basename(file), needsEndMark: true };
  for await (const entry of readTar(source)) entries.push(entry);
  return entries;
}

async function contentOf(entry: TarEntry): Promise<Buffer> {
  if (entry.type !== 'file') throw new Error(`${entry.name} is no file`);
  const pieces = entry.content.map(async (piece) =>
    piece.kind === 'zeros'
      ? Buffer.alloc(piece.length)
      : (await readFile(piece.path)).subarray(piece.offset, piece.offset + piece.length),
  );
  return Buffer.concat(await Promise.all(pieces));
}

const LONG = `${'directory-with-a-long-name/'.repeat(9)}file`;

for (const format of ['v7', 'oldgnu', 'gnu', 'ustar', 'posix']) {
  test(`reads what GNU tar writes in the format ${format}`, async (t) => {
    await using directory = await temporary();
    const tree = path.join(directory.path, 'tree');
    const name = format === 'v7' || format === 'ustar' ? 'a/b/file' : LONG;
    await commands.run({ tool: 'mkdir', args: ['-p', path.join(tree, path.dirname(name))] });
    await writeFile(path.join(tree, name), 'content\n', { mode: 0o640 });
    await commands.run({ tool: 'ln', args: [path.join(tree, name), path.join(tree, 'hard')] });
    await commands.run({ tool: 'ln', args: ['-s', name, path.join(tree, 'soft')] });
    const file = path.join(directory.path, 'tree.tar');
    const owners = ['--owner=:70000', '--group=:42', '--mtime=@1234567890', '--sort=name'];
    const args = ['--create', `--file=${file}`, `--format=${format}`, ...owners, '-C', tree];
    await commands.run({ tool: 'tar', args: [...args, name.split('/')[0] ?? '', 'hard', 'soft'] });

    const entries = await entriesOf(file);

    const found = entries.find((entry) => entry.name === name);
    t.like(found, { type: 'file', mode: 0o640, uid: 70_000, gid: 42, size: 8 });
    t.is(Number(found?.mtime), 1_234_567_890);
    t.is(found && (await contentOf(found)).toString(), 'content\n');
    t.like(entries.at(-2), { name: 'hard', type: 'hardlink', target: name });
    t.like(entries.at(-1), { name: 'soft', type: 'symlink', target: name });
  });
}

for (const [form, options] of [
  ['the old format', ['--format=gnu']],
  ['pax 0.1', ['--format=posix', '--sparse-version=0.1']],
  ['pax 1.0', ['--format=posix', '--sparse-version=1.0']],
] as const) {
  test(`gives sparse files of ${form} their holes back`, async (t) => {
    await using directory = await temporary();
    const sparse = path.join(directory.path, 'sparse');
    await writeFile(sparse, '');
    // More extents than fit into the old format's header.
    for (let at = 0; at < 12; at += 1) {
      const args = [
        `of=${sparse}`,
        'bs=1',
        `seek=${at * 1_000_000}`,
        'conv=notrunc',
        'status=none',
      ];
      await commands.run({ tool: 'dd', args, input: `piece ${at}` });
    }
    await truncate(sparse, 12_345_678);
    await writeFile(path.join(directory.path, 'after'), 'after');
    const file = path.join(directory.path, 'sparse.tar');
    const args = ['--create', '--sparse', ...options, `--file=${file}`, '-C', directory.path];
    await commands.run({ tool: 'tar', args: [...args, 'sparse', 'after'] });

    const [first, second] = await entriesOf(file);

    t.is(first?.name, 'sparse');
    t.true(first && (await contentOf(first)).equals(await readFile(sparse)));
    t.true((await wholeFile(file)).length < 200_000);
    t.is(second && (await contentOf(second)).toString(), 'after');
  });
}

test('refuses a sparse file whose size would fill the disk', async (t) => {
  await using directory = await temporary();
  const sparse = path.join(directory.path, 'lastlog');
  await writeFile(sparse, 'x');
  await truncate(sparse, 2 ** 38);
  const file = path.join(directory.path, 'sparse.tar');
  const args = ['--create', '--sparse', `--file=${file}`, '-C', directory.path, 'lastlog'];
  await commands.run({ tool: 'tar', args });

  await t.throwsAsync(entriesOf(file), { code: 'BUILD_CHECK_FAILED', message: /16 GiB/ });
});

test('says where an archive is damaged or ends', async (t) => {
  await using directory = await temporary();
  const members = ['one', 'two'].map((name) => ({ name, content: 'x'.repeat(700) }));
  const file = await writeTestTar(path.join(directory.path, 'a.tar'), members);
  const whole = await readFile(file);
  const cut = path.join(directory.path, 'cut.tar');
  // Inside the first content, and between the members.
  for (const length of [1000, 1536]) {
    await writeFile(cut, whole.subarray(0, length));
    await t.throwsAsync(entriesOf(cut), { code: 'BUILD_CHECK_FAILED', message: /ends too early/ });
  }
  await writeFile(cut, whole.with(1536 + 10, 0x41));
  await t.throwsAsync(entriesOf(cut), { message: /cut.tar is damaged at byte 1536: .* sum/ });
});

const byteString = (maxLength: number) =>
  fc
    .uint8Array({ minLength: 1, maxLength })
    .map((bytes) => Buffer.from(bytes).toString('latin1').replaceAll('\0', '0'));

const attribute = (name: string) =>
  byteString(70).map((value): readonly [string, string] => [`SCHILY.xattr.${name}`, value]);

const metadata = {
  name: byteString(300).map((name) => `n${name.replace(/\/$/, 'x')}`),
  mode: fc.nat({ max: 0o7777 }),
  uid: fc.nat({ max: 2 ** 32 - 2 }),
  gid: fc.nat({ max: 2 ** 32 - 2 }),
  mtime: fc.oneof(
    fc.integer({ min: -999_999_999_999, max: 999_999_999_999 }).map(String),
    fc.nat().map((seconds) => `${seconds}.123456789`),
  ),
  extended: fc
    .uniqueArray(fc.constantFrom('security.capability', 'user.a', 'user.\xc3\xbc'), {
      maxLength: 3,
    })
    .chain((names) => fc.tuple(...names.toSorted().map(attribute)))
    .map((attributes) => new Map(attributes)),
};

const member = fc.oneof(
  fc.record({
    ...metadata,
    type: fc.constant('file' as const),
    content: fc.string({ maxLength: 1500 }),
  }),
  fc.record({ ...metadata, type: fc.constantFrom('directory' as const, 'fifo' as const) }),
  fc.record({
    ...metadata,
    type: fc.constantFrom('symlink' as const, 'hardlink' as const),
    target: byteString(200),
  }),
  fc.record({
    ...metadata,
    type: fc.constantFrom('character-device' as const, 'block-device' as const),
    major: fc.nat({ max: 0o7777777 }),
    minor: fc.nat({ max: 0o7777777 }),
  }),
);

test('reads back, to the byte, every entry that it writes', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'a.tar');
  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 8 }), async (members) => {
      await writeTestTar(file, members);
      const entries = members.length === 0 ? [] : await entriesOf(file);
      const readBack = await Promise.all(
        entries.map(async (entry) => {
          if (entry.type !== 'file') return entry;
          const { size: _size, content: _content, ...rest } = entry;
          return { ...rest, content: (await contentOf(entry)).toString() };
        }),
      );
      t.deepEqual(readBack, members);
    }),
    { numRuns: 200 },
  );
});

test('survives any bytes with an answer or a clear refusal', async (t) => {
  await using directory = await temporary();
  const file = path.join(directory.path, 'a.tar');
  await writeTestTar(file, [
    { name: 'long'.repeat(40), content: 'x', extended: new Map([['SCHILY.xattr.user.a', 'b']]) },
    { name: 'link', type: 'symlink', target: 'long' },
  ]);
  const whole = await readFile(file);
  const flips = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(flips, async (changes) => {
      const damaged = Buffer.from(whole);
      for (const [at, byte] of changes) damaged[at] = byte;
      await writeFile(file, damaged);
      try {
        await entriesOf(file);
      } catch (error) {
        t.is(error instanceof KubeosError ? error.code : error, 'BUILD_CHECK_FAILED');
      }
    }),
    { numRuns: 300 },
  );
  t.pass();
});
