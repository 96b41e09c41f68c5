import test from 'ava';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { until } from '../../src/demo/control-plane/until.ts';
import { startKwok } from './start-kwok.ts';

const NODE = {
  ...{ apiVersion: 'v1', kind: 'Node' },
  metadata: { name: 'n1', annotations: { 'kwok.x-k8s.io/node': 'fake' } },
};

test('kwok plays nodes and the pods on them', async (t) => {
  await using cluster = await startControlPlane();
  await using kwok = await startKwok(cluster);
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(NODE) });
  await cluster.kubectl(['wait', '--for=condition=Ready', '--timeout=5m', 'node/n1']);
  await cluster.kubectl(['run', 'web', '--image=example.com/web']);
  await until('the pod runs', async () => {
    const { stdout } = await cluster.kubectl([
      'get',
      'pod',
      'web',
      '-o',
      'jsonpath={.status.phase}',
    ]);
    kwok.assertAlive();
    return stdout === 'Running';
  });
  t.pass();
});
