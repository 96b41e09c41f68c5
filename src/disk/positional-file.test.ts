import { mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { bytesIn } from './positional-file.ts';

test('a block device has the bytes that the kernel counts, a file those that it has', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-'));
  const file = path.join(dir.path, 'image');
  await writeFile(file, 'twelve bytes');
  t.is(await bytesIn(await stat(file)), 12);
  for (const name of await readdir('/sys/class/block')) {
    const found = await stat(path.join('/dev', name)).catch(() => null);
    if (found?.isBlockDevice() !== true) continue;
    const sectors = await readFile(`/sys/class/block/${name}/size`, 'utf8');
    t.is(await bytesIn(found), Number(sectors) * 512, name);
  }
});
