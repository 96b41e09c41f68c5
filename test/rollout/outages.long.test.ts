import test from 'ava';
import { ONE, osOf, startRolloutScene } from './rollout-scene.ts';
import { watchAway } from './watch-away.ts';

test('an API server that is told to stop takes a minute, in which it hears nobody, and says nothing: the rollout goes on after it', async (t) => {
  await using scene = await startRolloutScene();
  const { cluster } = scene;
  const names = ['n1', 'n2', 'n3', 'n4', 'n5'];
  const nodes = await Promise.all(
    names.map(async (name) => await scene.addNode({ name, digest: ONE, fault: 'hangs' })),
  );
  await using away = watchAway(scene.api, { limit: 2 });
  const operator = scene.startOperator();
  await scene.apply(osOf('fleet', { maxunavailable: 2 }));
  await scene.untilCounts('fleet', { switching: 2 });
  await cluster.stopApiServer('SIGTERM');
  for (const node of nodes) node.fault = 'none';
  await cluster.startApiServer();
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.deepEqual(away.wrong(), []);
  t.is((await scene.os('fleet')).status.counts['current'], 5);
  t.log(
    operator
      .said()
      .filter((line) => /lease|ended/.test(line))
      .join('\n'),
  );
});
