import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { openScratch } from './open-scratch.ts';

test('each has its own, and removes it', async (t) => {
  await using parent = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-open-scratch-'));
  {
    await using one = await openScratch(parent.path);
    await using other = await openScratch(parent.path);
    await writeFile(path.join(one.path, 'half'), 'half');
    t.deepEqual(
      (await readdir(parent.path)).toSorted(),
      [one, other].map((scratch) => path.basename(scratch.path)).toSorted(),
    );
  }
  t.deepEqual(await readdir(parent.path), []);
});

test('what a killed process left is removed by the next one, and nothing else', async (t) => {
  await using parent = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-open-scratch-'));
  await writeFile(path.join(parent.path, 'of somebody else'), '');
  const program = `
    import { writeFile } from 'node:fs/promises';
    import { openScratch } from '${import.meta.resolve('./open-scratch.ts')}';
    const { path } = await openScratch(process.argv[1]);
    await writeFile(path + '/half', 'half');
    process.stdout.write('open');
    setInterval(() => undefined, 1000);`;
  const args = ['--input-type=module', '--eval', program, parent.path];
  const owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(owner.stdout, 'data');
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  t.is((await readdir(parent.path)).length, 2);
  t.true(await isSweptSoon(parent.path));
});

/** The lock goes an instant after the process. */
async function isSweptSoon(parent: string): Promise<boolean> {
  const untilMs = Date.now() + 120_000;
  while (Date.now() < untilMs) {
    await (await openScratch(parent))[Symbol.asyncDispose]();
    if ((await readdir(parent)).join() === 'of somebody else') return true;
  }
  return false;
}

test('any number can be opened at once', async (t) => {
  await using parent = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-open-scratch-'));
  const opened = await Promise.all(
    Array.from({ length: 12 }, async () => await openScratch(parent.path)),
  );
  t.deepEqual(
    (await readdir(parent.path)).toSorted(),
    opened.map((scratch) => path.basename(scratch.path)).toSorted(),
  );
  for (const scratch of opened) await scratch[Symbol.asyncDispose]();
  t.deepEqual(await readdir(parent.path), []);
});
