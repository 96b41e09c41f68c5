import { mkdtempDisposable, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'ava';
import { stageFile } from './staged-file.ts';

/** So long that it is seen while it is written. */
const TEXT = 'a'.repeat(32 * 2 ** 20);

test('nobody may read a new text who may not read the old one, nor while it is written', async (t) => {
  await using directory = await mkdtempDisposable('/var/tmp/kubeos-staged-');
  const file = path.join(directory.path, 'config.toml');
  await writeFile(file, 'password = 1\n', { mode: 0o600 });
  const staged = stageFile(file, TEXT).then(() => true);
  const modes = new Set<number>();
  let isStaged = false;
  while (!isStaged) {
    const names = (await readdir(directory.path)).filter((name) => name.endsWith('-new'));
    for (const name of names) modes.add((await stat(path.join(directory.path, name))).mode & 0o777);
    isStaged = await Promise.race([staged, Promise.resolve(false)]);
  }
  t.deepEqual([...modes], [0o600]);
});
