import { mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { planQemu } from './plan-qemu.ts';
import { readCredentials } from './read-credentials.ts';
import { writeOemStrings } from './write-oem-strings.ts';

const temporary = async () =>
  await mkdtempDisposable(path.join(tmpdir(), 'kubeos-boot-credentials-'));

test('credentials go to QEMU in files that nobody else can read, and not in its arguments', async (t) => {
  await using directory = await temporary();
  const at = (name: string): string => path.join(directory.path, name);
  const secret = Buffer.from([0, 1, 255, 10]);
  await writeFile(at('a=b'), secret);
  const credentials = await readCredentials([`kubelet.token=${at('a=b')}`]);
  const oemStrings = await writeOemStrings(credentials, directory.path);
  t.deepEqual(oemStrings, [at('credential-0')]);
  const text = await readFile(at('credential-0'), 'latin1');
  t.is(text, `io.systemd.credential.binary:kubelet.token=${secret.toString('base64')}`);
  t.is((await stat(at('credential-0'))).mode & 0o777, 0o600);
  const plan = (files: readonly string[]): string =>
    planQemu({
      ...{ image: 'disk.raw', format: 'raw', arch: 'amd64', firmware: 'bios', accelerator: 'tcg' },
      ...{ memoryMiB: 32, variables: '', isPersistent: false, oemStrings: files },
    }).args.join(' ');
  t.regex(plan(['/x', '/a,b']), / -smbios type=11,path=\/x,path=\/a,,b /);
  t.notRegex(plan([]), /smbios/);
});

test('everything that is wrong is said at once, and nothing of what is in the files', async (t) => {
  await using directory = await temporary();
  const at = (name: string): string => path.join(directory.path, name);
  await writeFile(at('secret'), 'secret text\n');
  await writeFile(at('large'), Buffer.alloc(2 ** 20 + 1));
  const wishes = [
    ...['alone', `gäste=${at('secret')}`, `x=${at('gone')}`, `folder=${directory.path}`],
    ...[`system.hostname=${at('secret')}`, `y=${at('secret')}`, `y=${at('secret')}`],
    `large=${at('large')}`,
  ];
  const error = await t.throwsAsync(readCredentials(wishes), { code: 'USAGE' });
  t.is(
    error.message.replaceAll(directory.path, 'DIR'),
    `--credential alone: expected NAME=FILE
--credential gäste=DIR/secret: a name has printable letters of ASCII only
--credential x=DIR/gone: ENOENT: no such file or directory, stat 'DIR/gone'
--credential folder=DIR: EISDIR: illegal operation on a directory, read 'DIR'
--credential system.hostname=DIR/secret: no host name: letters, digits, "-" and ".", 64 at most, and no newline behind it (printf, not echo)
--credential y=DIR/secret: y is given twice
--credential large=DIR/large: DIR/large has 1048577 bytes`,
  );
});

test('together they have to have room in the guest', async (t) => {
  await using directory = await temporary();
  const half = path.join(directory.path, 'half');
  await writeFile(half, Buffer.alloc(2 ** 19));
  await t.notThrowsAsync(readCredentials([`a=${half}`, `b=${half}`]));
  const error = await t.throwsAsync(readCredentials([`a=${half}`, `b=${half}`, `c=${half}`]));
  t.regex(error.message, /together they take 1536 KiB .* room for 1024 KiB/);
});

test('more than the tables of a PC hold is refused, with the place where it can lie', async (t) => {
  await using directory = await temporary();
  const held = (bytes: number) => new Map([['x', Buffer.alloc(bytes)]]);
  await t.notThrowsAsync(writeOemStrings(held(46_050), directory.path));
  const error = await t.throwsAsync(writeOemStrings(held(46_080), directory.path), {
    code: 'USAGE',
  });
  t.is(error.message, 'the credentials take 61 KiB in base64, the machine has room for 60');
});
