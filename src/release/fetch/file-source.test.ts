import { execFile } from 'node:child_process';
import { mkdtempDisposable, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';
import { fileSource } from './file-source.ts';
import { unthrottled } from './throttle.ts';
import { transferBudget } from './transfer-budget.ts';

const { signal } = new AbortController();
const sourceIn = (directory: string) =>
  fileSource(directory, { budget: transferBudget(), throttle: unthrottled });

test('a pipe or a device on the stick is refused, not waited for', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-fetch-');
  await promisify(execFile)('mkfifo', [path.join(dir.path, 'pipe')]);
  await symlink('/dev/zero', path.join(dir.path, 'zeros'));
  const source = sourceIn(dir.path);
  for (const name of ['pipe', 'zeros']) {
    const reading = source.readSmall(name, { maxBytes: 100, signal });
    await t.throwsAsync(reading, { code: 'NETWORK', message: /not a regular file/ });
  }
});

test('a file that is longer than allowed is not read, one that is not there is null', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-fetch-');
  await writeFile(path.join(dir.path, 'long'), Buffer.alloc(101));
  const source = sourceIn(dir.path);
  await t.throwsAsync(source.readSmall('long', { maxBytes: 100, signal }), { code: 'NETWORK' });
  t.is(await source.readSmall('none', { maxBytes: 100, signal }), null);
});

test('a file of another length than pinned is refused', async (t) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-fetch-');
  await writeFile(path.join(dir.path, 'short'), Buffer.alloc(99));
  const chunks = sourceIn(dir.path).read('short', { start: 0, end: 10, fileBytes: 100, signal });
  await t.throwsAsync(Array.fromAsync(chunks), { message: /has 99 bytes, expected 100/ });
});
