import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { holdFolder } from './hold-folder.ts';

test('one demonstration at a time has a folder, and logs of the one before are gone', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-demo-folder-'));
  const folder = path.join(dir.path, 'demo');
  {
    await using held = await holdFolder(folder);
    await writeFile(path.join(held.logs, 'etcd.log'), 'ended\n');
    const error = await t.throwsAsync(holdFolder(folder), { code: 'USAGE' });
    t.is(error.message, `another demonstration goes on in ${folder}`);
  }
  t.deepEqual(await readdir(path.join(folder, 'logs')), ['etcd.log']);
  await using again = await holdFolder(folder);
  t.deepEqual(await readdir(again.logs), []);
});
