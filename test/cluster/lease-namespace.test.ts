import test from 'ava';
import { leaseNamespace } from '../../src/cli/rollout/lease-namespace.ts';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { connectCluster } from '../../src/kube/connect-cluster.ts';

const { signal } = new AbortController();

test('a rollout without an operator takes its lease where one would, and not where it is about to go', async (t) => {
  await using cluster = await startControlPlane();
  const { kubectl } = cluster;
  const api = connectCluster({ kubeconfig: cluster.kubeconfig });
  const said: string[] = [];
  const ask = async () =>
    await leaseNamespace(api, { signal, log: (line) => void said.push(line) });
  t.is(await ask(), 'default');
  await kubectl(['create', 'namespace', 'kubeos-system']);
  t.is(await ask(), 'kubeos-system');
  t.deepEqual(said, []);

  const metadata = { name: 'x', namespace: 'kubeos-system', finalizers: ['example.com/slow'] };
  const slow = { apiVersion: 'v1', kind: 'ConfigMap', metadata };
  await kubectl(['create', '-f', '-'], { input: JSON.stringify(slow) });
  await kubectl(['delete', 'namespace', 'kubeos-system', '--wait=false']);
  const asking = ask();
  const release = ['--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
  await kubectl(['patch', 'configmap', 'x', '-n', 'kubeos-system', ...release]);
  t.is(await asking, 'default');
  t.deepEqual(said, ['waits for the end of namespace kubeos-system, which is being removed']);
});
