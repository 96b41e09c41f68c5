import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { killedPublisher, PROGRAM } from './killed-publisher.ts';

const ROUNDS = 40;

test('a publisher killed at any moment leaves a good repository, and the next one finishes', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-sigkill-'));
  const { release, begin, assertGood } = await killedPublisher(dir.path, 4);
  for (let round = 0; round < ROUNDS; round += 1) {
    const directory = await begin();
    const child = spawn(process.execPath, [PROGRAM, directory, release.folder]);
    const ended = once(child, 'exit');
    await Promise.race([once(child.stdout, 'data'), ended]);
    await sleep((round * 400) / ROUNDS);
    child.kill('SIGKILL');
    await ended;
    await assertGood(t, directory, `round ${round}`);
  }
});
