import test from 'ava';
import { applyObject } from '../../src/kube/apply-object.ts';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import { startControlPlane } from '../../src/demo/control-plane/control-plane.ts';

const node = (metadata: object) => ({
  ...{ apiVersion: 'v1', kind: 'Node' },
  metadata: { name: 'n1', ...metadata },
});
const AS = { path: '/api/v1/nodes/n1', fieldManager: 'kubeos-operator' };

test('a machine that was removed does not come back by a write that was meant for it', async (t) => {
  await using cluster = await startControlPlane();
  const api = connectCluster({ kubeconfig: cluster.kubeconfig });
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(node({})) });
  const uid = await uidOf();
  await applyObject(api, node({ uid, labels: { marked: '' } }), AS);
  await cluster.kubectl(['delete', 'node', 'n1']);
  await t.throwsAsync(applyObject(api, node({ uid, labels: { marked: '' } }), AS), {
    message: /n1/,
  });
  t.is((await cluster.kubectl(['get', 'nodes', '-o', 'name'])).stdout, '');
  await cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(node({})) });
  await t.throwsAsync(applyObject(api, node({ uid, labels: { marked: '' } }), AS), {
    message: /uid/i,
  });
  t.not(await uidOf(), uid);

  async function uidOf(): Promise<string> {
    return (await cluster.kubectl(['get', 'node', 'n1', '-o', 'jsonpath={.metadata.uid}'])).stdout;
  }
});
