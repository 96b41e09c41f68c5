import { mkdir, mkdtempDisposable, readFile, readlink, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import fc from 'fast-check';
import { inNamespace } from '../../host/in-namespace.ts';
import { hostCommands } from '../../host/run-commands.ts';
import { writeCpio, type CpioEntry } from './cpio.ts';
import { readCpio } from './read-cpio.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cpio-'));
const EPOCH = 1_700_000_000;

const ENTRIES: readonly CpioEntry[] = [
  { kind: 'file', path: 'usr/bin/sh', mode: 0o755, content: Buffer.from('#!') },
  { kind: 'directory', path: 'usr', mode: 0o755 },
  { kind: 'link', path: 'bin', target: 'usr/bin' },
  { kind: 'directory', path: 'usr/bin', mode: 0o750 },
  { kind: 'file', path: 'empty', mode: 0o600, content: new Uint8Array() },
  { kind: 'directory', path: 'dev', mode: 0o755 },
];
const CONSOLE: CpioEntry = {
  kind: 'character-device',
  path: 'dev/console',
  mode: 0o600,
  major: 5,
  minor: 1,
};

test('cpio lists types, modes, owners, times and devices', async (t) => {
  const input = writeCpio([...ENTRIES, CONSOLE], EPOCH);
  const args = ['--list', '--verbose', '--numeric-uid-gid', '--quiet'];
  const { stdout, stderr } = await commands.run({ tool: 'cpio', args, input });
  t.is(stderr, '');
  t.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' ')),
    [
      'lrwxrwxrwx 1 0 0 7 Nov 14 2023 bin -> usr/bin',
      'drwxr-xr-x 2 0 0 0 Nov 14 2023 dev',
      'crw------- 1 0 0 5, 1 Nov 14 2023 dev/console',
      '-rw------- 1 0 0 0 Nov 14 2023 empty',
      'drwxr-xr-x 2 0 0 0 Nov 14 2023 usr',
      'drwxr-x--- 2 0 0 0 Nov 14 2023 usr/bin',
      '-rwxr-xr-x 1 0 0 2 Nov 14 2023 usr/bin/sh',
    ],
  );
});

test('cpio unpacks what was put in, from archives appended to each other too', async (t) => {
  await using directory = await temporary();
  const second: CpioEntry = {
    kind: 'file',
    path: 'root.img',
    mode: 0o444,
    content: Buffer.from('R'),
  };
  const archive = path.join(directory.path, 'archive');
  const target = path.join(directory.path, 'out');
  await mkdir(target);
  await writeFile(archive, writeCpio(ENTRIES, EPOCH));
  const unpack = { tool: 'cpio', args: ['-i', '--quiet', '-F', archive], workingDirectory: target };
  await commands.run(inNamespace(unpack));
  t.is(await readFile(path.join(target, 'bin/sh'), 'utf8'), '#!');
  t.is(await readlink(path.join(target, 'bin')), 'usr/bin');
  t.is((await stat(path.join(target, 'usr/bin'))).mode & 0o7777, 0o750);
  const both = Buffer.concat([writeCpio(ENTRIES, EPOCH), writeCpio([second], EPOCH)]);
  t.is(readCpio(both).length, ENTRIES.length + 1);
});

test('the order of entries does not change the bytes, and the length is a multiple of 512', (t) => {
  const bytes = writeCpio([...ENTRIES, CONSOLE], EPOCH);
  t.deepEqual(writeCpio([CONSOLE, ...ENTRIES.toReversed()], EPOCH), bytes);
  t.is(bytes.length % 512, 0);
});

test('what is written is read again', (t) => {
  const name = fc.stringMatching(/^[a-zä]{1,9}$/);
  const files = fc.dictionary(name, fc.uint8Array({ maxLength: 20 }));
  fc.assert(
    fc.property(files, (contents) => {
      const entries = Object.entries(contents).map(([path, content]): CpioEntry => ({
        kind: 'file',
        path,
        mode: 0o644,
        content,
      }));
      const read = readCpio(writeCpio(entries, EPOCH));
      const found = Object.fromEntries(read.map((member) => [member.path, [...member.content]]));
      const expected = Object.fromEntries(
        Object.entries(contents).map(([path, content]) => [path, [...content]]),
      );
      t.deepEqual(found, expected);
      t.deepEqual(
        read.map((member) => member.inode),
        read.map((_, index) => index + 1),
      );
    }),
    { numRuns: 50 },
  );
});

test('bytes that are no archive are named with their place', (t) => {
  const bytes = Buffer.concat([writeCpio(ENTRIES, EPOCH), Buffer.from('garbage')]);
  t.throws(() => readCpio(bytes), {
    code: 'BUILD_CHECK_FAILED',
    message: /no cpio header at byte \d+/,
  });
});
