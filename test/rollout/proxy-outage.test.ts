import test from 'ava';
import { until } from '../../src/demo/control-plane/until.ts';
import { startInstalledCluster, startProxyScene } from './proxy-scene.ts';

test('while the API server is away a node goes on as far as it was let, and is not restarted before that is known', async (t) => {
  await using cluster = await startInstalledCluster();
  await using scene = await startProxyScene(cluster, 'n1');
  const { files } = scene;
  const two = await files.publish('1.0.2');
  await using machine = scene.start();
  await scene.begin({
    ...{ target: { version: '1.0.2', digest: two.digest }, allowed: 'activate' },
  });
  await cluster.stopApiServer();
  await until('it is activated', async () => (await files.node.slots()).order === 'B A');
  t.deepEqual(machine.restarts, []);
  await cluster.startApiServer();
  await scene.switchOver();
  t.deepEqual(machine.restarts, ['B']);
  t.deepEqual(machine.endedProxies, []);
});
