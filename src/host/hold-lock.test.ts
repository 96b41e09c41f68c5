import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test from 'ava';
import { holdLock } from './hold-lock.ts';

test('one holds it, and the next one can when that one has let go', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-lock-'));
  {
    await using held = await holdLock(directory.path);
    t.truthy(held);
    t.is(await holdLock(directory.path), undefined);
  }
  await using again = await holdLock(directory.path);
  t.truthy(again);
});

test('it dies with its holder, even with one that is killed', async (t) => {
  await using directory = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-lock-'));
  const program = `
    import { holdLock } from '${import.meta.resolve('./hold-lock.ts')}';
    await holdLock(process.argv[1]);
    process.stdout.write('held');
    setInterval(() => undefined, 1000);`;
  const args = ['--input-type=module', '--eval', program, directory.path];
  const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  t.is(await holdLock(directory.path), undefined);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  t.true(await isFreeSoon(directory.path));
});

test('what is not there cannot be locked', async (t) => {
  await t.throwsAsync(holdLock('/nowhere/at/all'), { code: 'HOST_NOT_READY' });
});

/** The kernel closes the pipe with the killed process; the other end needs an instant to see it. */
async function isFreeSoon(directory: string): Promise<boolean> {
  const untilMs = Date.now() + 120_000;
  while (Date.now() < untilMs) {
    await using held = await holdLock(directory);
    if (held !== undefined) return true;
  }
  return false;
}
