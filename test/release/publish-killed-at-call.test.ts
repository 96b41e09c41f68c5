import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { execa } from 'execa';
import { killedPublisher, PROGRAM } from './killed-publisher.ts';

const PRELOAD = fileURLToPath(new URL('kill-at-call.ts', import.meta.url));

test('a publisher killed before any write, flush or rename leaves a good repository, and the next one finishes', async (t) => {
  await using dir = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-killed-'));
  const { release, begin, assertGood } = await killedPublisher(dir.path, 0.1);
  for (let call = 1; ; call += 1) {
    const directory = await begin();
    const args = ['--import', PRELOAD, PROGRAM, directory, release.folder];
    const env = { KUBEOS_KILL_AT: String(call) };
    const { signal, stdout } = await execa(process.execPath, args, { env, reject: false });
    await assertGood(t, directory, `call ${call}`);
    if (signal === 'SIGKILL') continue;
    // It came to its end: there are no more calls to be killed at.
    t.log(stdout);
    t.is(stdout, `begin ${call - 1} calls`);
    t.true(call > 40);
    break;
  }
});
