import test from 'ava';
import { startKillScene } from './kill-operator.ts';

for (const when of ['sent', 'answered'] as const) {
  test(`an operator that is killed at any write, when it is ${when}, goes on from what is written`, async (t) => {
    t.timeout(60 * 60_000);
    await using scene = await startKillScene();
    let at = 1;
    const killedAt = async (write: number): Promise<boolean> =>
      (await scene.rollOut(t, (process) => {
        return process === 0 ? { at: write, when } : undefined;
      })) > 0;
    while (await killedAt(at)) at += 1;
    t.log(`killed at each of ${at - 1} writes`);
    t.true(at > 20);
  });
}

test('an operator that dies whenever a write of it is answered brings a rollout to its end, a write at a time', async (t) => {
  t.timeout(30 * 60_000);
  await using scene = await startKillScene();
  const kills = await scene.rollOut(t, () => ({ at: 1, when: 'answered' }));
  t.log(`killed ${kills} times`);
  t.true(kills > 20);
});
