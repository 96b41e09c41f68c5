import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { hostCommands } from '../../host/run-commands.ts';
import { checksumsOf, writeChecksums } from './write-checksums.ts';

const commands = hostCommands({ signal: new AbortController().signal });
const temporary = async () => await mkdtempDisposable(path.join(tmpdir(), 'kubeos-checksums-'));

test('writes sorted lines that sha256sum accepts, for files and all that folders hold', async (t) => {
  await using dir = await temporary();
  await mkdir(path.join(dir.path, 'pxe'));
  await writeFile(path.join(dir.path, 'pxe/vmlinuz'), 'kernel');
  await writeFile(path.join(dir.path, 'pxe/boot.ipxe'), '#!ipxe');
  await writeFile(path.join(dir.path, 'disk.raw'), Buffer.alloc(3_000_000, 'x'));
  await writeChecksums(dir.path, await checksumsOf(dir.path, ['pxe', 'disk.raw', 'pxe/vmlinuz']));
  const lines = (await readFile(path.join(dir.path, 'SHA256SUMS'), 'utf8')).trimEnd().split('\n');
  t.deepEqual(
    lines.map((line) => line.slice(66)),
    ['disk.raw', 'pxe/boot.ipxe', 'pxe/vmlinuz'],
  );
  const args = ['--check', '--strict', 'SHA256SUMS'];
  const check = await commands.run({ tool: 'sha256sum', args, workingDirectory: dir.path });
  t.is(check.stdout, 'disk.raw: OK\npxe/boot.ipxe: OK\npxe/vmlinuz: OK\n');
});

test('refuses a name that sha256sum would read as another', async (t) => {
  await using dir = await temporary();
  await writeFile(path.join(dir.path, 'a\nb'), '');
  const error = await t.throwsAsync(
    writeChecksums(dir.path, await checksumsOf(dir.path, ['a\nb'])),
  );
  t.like(error, { code: 'USAGE' });
});
