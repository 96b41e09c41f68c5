import test from 'ava';
import { startKillScene } from './kill-operator.ts';

// At each of its writes in the long tests. Of one node: begin (2 writes), drain (2), evictions, activate, commit, close (2).
test('an operator that is killed at a write goes on from what is written when it is started again', async (t) => {
  await using scene = await startKillScene();
  for (const [at, when] of [
    [8, 'sent'],
    [17, 'answered'],
  ] as const) {
    const kills = await scene.rollOut(t, (process) => (process === 0 ? { at, when } : undefined));
    t.is(kills, 1, `${when} ${at}`);
  }
});
