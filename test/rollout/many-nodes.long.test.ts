import test from 'ava';
import { ONE, osOf, startRolloutScene } from './rollout-scene.ts';
import { watchAway } from './watch-away.ts';

for (const count of [30, 300]) {
  test(`${count} nodes get a release by a canary and the rest, no more than a tenth away at once`, async (t) => {
    t.timeout(40 * 60_000);
    await using scene = await startRolloutScene();
    const names = Array.from({ length: count }, (_, index) => `n${index}`);
    for (let first = 0; first < count; first += 20) {
      const some = names.slice(first, first + 20);
      await Promise.all(some.map(async (name) => await scene.addNode({ name, digest: ONE })));
    }
    await using away = watchAway(scene.api, { limit: count / 10 });
    const operator = scene.startOperator();
    const began = performance.now();
    const waves = [{ size: 1, soak: '1s' }];
    const strategy = { maxUnavailable: '10%', waves, maxPreparing: 50 };
    await scene.apply(osOf('fleet', { strategy }));
    let current = -1;
    for (;;) {
      const { status } = await scene.os('fleet');
      if (status.counts['current'] === count) break;
      // Each time that one more is there it has all the time that anything has.
      current = status.counts['current'] ?? 0;
      await scene.until(`more than ${current} of ${count}`, async () => {
        return ((await scene.os('fleet')).status.counts['current'] ?? 0) > current;
      });
    }
    await scene.untilReads('fleet', 'AllNodesOnRelease');
    t.log(`${Math.round((performance.now() - began) / 1000)} s, ${away.most()} away at most`);
    t.deepEqual(away.wrong(), []);
    t.is(operator.said().filter((line) => / close: runs the release/.test(line)).length, count);
  });
}
