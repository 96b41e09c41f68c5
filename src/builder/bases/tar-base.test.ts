import { createHash } from 'node:crypto';
import { mkdtempDisposable, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { listTar } from './testing/list-tree.ts';
import { testRequest } from './testing/base-request.ts';
import { type TestMember, writeTestTar } from './testing/write-test-tar.ts';
import { writeTarBase } from './tar-base.ts';

const temporary = () => mkdtempDisposable(path.join(tmpdir(), 'kubeos-tar-base-'));

/** cap_net_raw=ep, as linux/capability.h lays it out. */
const CAPABILITY =
  '\x01\x00\x00\x02\x00\x20\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00';

const ROOT: readonly TestMember[] = [
  { name: './', type: 'directory' },
  { name: './etc/', type: 'directory', mode: 0o750, gid: 42 },
  { name: './etc/shadow', content: 'root:*:\n', mode: 0, gid: 42 },
  { name: './etc/.wh.hosts', content: 'no layer, so no whiteout\n' },
  { name: './usr/bin/', type: 'directory' },
  {
    name: './usr/bin/ping',
    content: 'ELF',
    mode: 0o4755,
    extended: new Map([
      ['SCHILY.xattr.security.capability', CAPABILITY],
      ['SCHILY.xattr.user.note', 'a=b'],
    ]),
  },
  { name: './usr/bin/ping6', type: 'hardlink', target: './usr/bin/ping' },
  { name: './bin', type: 'symlink', target: 'usr/bin' },
  { name: './var/pipe', type: 'fifo', mode: 0o600, uid: 7 },
];

test('keeps everything of a tar, as GNU tar unpacks it, but the nodes in /dev', async (t) => {
  await using directory = await temporary();
  const nodes: readonly TestMember[] = [
    { name: './dev/', type: 'directory' },
    { name: './dev/sda', type: 'block-device', major: 8, minor: 0 },
    { name: './dev/null', type: 'character-device', major: 1, minor: 3 },
  ];
  await writeTestTar(path.join(directory.path, 'base.tar'), [...ROOT, ...nodes]);
  const plain = path.join(directory.path, 'without-nodes.tar');
  await writeTestTar(plain, [...ROOT, { name: './dev/', type: 'directory' }]);
  const request = await testRequest({ type: 'tar', path: 'base.tar' } as const, directory.path);

  await writeTarBase(request);

  const { commands, output } = request;
  const ours = await listTar(output, path.join(directory.path, 'ours'), commands);
  const theirs = await listTar(plain, path.join(directory.path, 'theirs'), commands);
  // Directories that no member describes get the time of unpacking from GNU tar, and 1970 from us.
  const comparable = (lines: readonly string[]) =>
    lines.map((line) => line.replace(/^(\.\/(?:usr|var) d \d+ \S+) \S+/, '$1'));
  t.deepEqual(comparable(ours), comparable(theirs));
  t.true(ours.some((line) => line === `usr/bin/ping security.capability=0x${hex(CAPABILITY)}`));
  t.true(ours.some((line) => line.startsWith('./etc/shadow f 0 0:42 1600000000')));
});

const hex = (bytes: string) => Buffer.from(bytes, 'latin1').toString('hex');

for (const [name, tool] of [
  ['gz', ['gzip', '--keep']],
  ['zst', ['zstd', '--quiet']],
  ['xz', ['xz', '--keep']],
] as const) {
  test(`gives the same bytes for a tar packed by ${tool[0]}, and the digest of the file itself`, async (t) => {
    await using directory = await temporary();
    const file = await writeTestTar(path.join(directory.path, 'base.tar'), ROOT);
    const plain = await testRequest(
      { type: 'tar', path: 'base.tar' } as const,
      directory.path,
      '1',
    );
    await writeTarBase(plain);
    await plain.commands.run({ tool: tool[0], args: [...tool.slice(1), file] });
    await rm(file);
    const base = { type: 'tar', path: `base.tar.${name}` } as const;
    const packed = await testRequest(base, directory.path, '2');

    const { inputs } = await writeTarBase(packed);

    t.true((await readFile(packed.output)).equals(await readFile(plain.output)));
    const sha256 = createHash('sha256')
      .update(await readFile(`${file}.${name}`))
      .digest('hex');
    t.deepEqual(inputs, [{ uri: base.path, sha256, name: base.path }]);
  });
}

test('the order and the format of the members do not matter', async (t) => {
  await using directory = await temporary();
  await writeTestTar(path.join(directory.path, 'a.tar'), ROOT);
  await writeTestTar(path.join(directory.path, 'b.tar'), [
    ...ROOT.filter(({ type }) => type === 'fifo' || type === 'symlink'),
    ...ROOT.filter(({ type }) => type !== 'fifo' && type !== 'symlink'),
  ]);
  const a = await testRequest({ type: 'tar', path: 'a.tar' } as const, directory.path, '1');
  const b = await testRequest({ type: 'tar', path: 'b.tar' } as const, directory.path, '2');
  await writeTarBase(a);
  await writeTarBase(b);
  t.true((await readFile(a.output)).equals(await readFile(b.output)));
});

const outside: TestMember = { name: 'out', type: 'symlink', target: '/etc' };

for (const [title, members] of [
  ['a name that climbs out', [{ name: 'usr/../../etc/passwd' }]],
  ['an absolute name', [{ name: '/etc/passwd' }]],
  ['a file below a symbolic link', [outside, { name: 'out/passwd' }]],
  ['a directory below a symbolic link', [outside, { name: 'out/x/', type: 'directory' }]],
  ['a hard link out of the root', [{ name: 'x', type: 'hardlink', target: '../../etc/shadow' }]],
  [
    'a hard link through a symbolic link',
    [outside, { name: 'x', type: 'hardlink', target: 'out/passwd' }],
  ],
  ['a hard link to nothing', [{ name: 'x', type: 'hardlink', target: 'later' }, { name: 'later' }]],
  [
    'a hard link to a directory',
    [
      { name: 'd/', type: 'directory' },
      { name: 'x', type: 'hardlink', target: 'd' },
    ],
  ],
  ['a file below a file', [{ name: 'f' }, { name: 'f/x' }]],
  ['a root that is no directory', [{ name: './', type: 'symlink', target: '/' }]],
] as const satisfies readonly (readonly [string, readonly TestMember[]])[]) {
  test(`refuses ${title}`, async (t) => {
    await using directory = await temporary();
    await writeTestTar(path.join(directory.path, 'base.tar'), members);
    const request = await testRequest({ type: 'tar', path: 'base.tar' } as const, directory.path);

    const error = await t.throwsAsync(writeTarBase(request), { code: 'BUILD_CHECK_FAILED' });

    t.regex(error.message, /base\.tar holds ".*", which is refused: /);
    await t.throwsAsync(readFile(request.output), { code: 'ENOENT' });
  });
}

test('says what is wrong with a path that is no tar', async (t) => {
  await using directory = await temporary();
  await writeFile(path.join(directory.path, 'text'), 'x'.repeat(2000));
  await writeFile(path.join(directory.path, 'cut.tar.gz'), Buffer.from('1f8b0800', 'hex'));
  const made = async (name: string) =>
    await writeTarBase(
      await testRequest({ type: 'tar', path: name } as const, directory.path, name),
    );

  await t.throwsAsync(made('nowhere.tar'), {
    code: 'DEFINITION_INVALID',
    message: /nowhere.tar is not there/,
  });
  await t.throwsAsync(made('.'), { code: 'DEFINITION_INVALID', message: /is not a file/ });
  await t.throwsAsync(made('text'), {
    code: 'DEFINITION_INVALID',
    message: /is not a tar archive/,
  });
  await t.throwsAsync(made('cut.tar.gz'), { code: 'BUILD_CHECK_FAILED', message: /damaged gzip/ });
});

test('stops when it is told to, and leaves no output', async (t) => {
  await using directory = await temporary();
  await writeTestTar(path.join(directory.path, 'base.tar'), ROOT);
  const request = await testRequest({ type: 'tar', path: 'base.tar' } as const, directory.path);
  const stopped = writeTarBase({ ...request, signal: AbortSignal.abort() });
  await t.throwsAsync(stopped, { code: 'CANCELLED' });
  t.deepEqual(
    (await readdir(directory.path)).filter((name) => name.startsWith('root')),
    [],
  );
});
