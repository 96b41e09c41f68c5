import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { openTarget } from './open-target.ts';

const unfit = test.macro(async (t, name: string, expected: RegExp) => {
  await using dir = await mkdtempDisposable('/var/tmp/kubeos-target-');
  await writeFile(path.join(dir.path, 'file'), '');
  const opening = openTarget(path.resolve(dir.path, name), 4096);
  await t.throwsAsync(opening, { code: 'HOST_NOT_READY', message: expected });
});

test('a directory is no target', unfit, '.', /cannot be written: EISDIR/);
test('a file in no directory is no target', unfit, 'none/file', /cannot be written: ENOENT/);
test('a file below a file is no target', unfit, 'file/file', /cannot be written: ENOTDIR/);
test('a character device is no target', unfit, '/dev/null', /no file and no block device/);
