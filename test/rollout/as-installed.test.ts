import test from 'ava';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import { installOptionsSchema } from '../../src/rollout/install/install-options.ts';
import { planManifests } from '../../src/rollout/install/plan-manifests.ts';
import { IMAGE } from '../cluster/installed.ts';
import { ONE, osOf, startRolloutScene } from './rollout-scene.ts';
import { kubeconfigFor } from '../cluster/kubeconfig-for.ts';

test('the operator rolls out with the rights that it is installed with', async (t) => {
  await using scene = await startRolloutScene();
  const { cluster } = scene;
  const items = planManifests(installOptionsSchema.parse({ image: IMAGE }), []);
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input: list });
  for (const name of ['n1', 'n2']) await scene.addNode({ name, digest: ONE });
  const create = ['create', 'token', 'kubeos-operator', '-n', 'kubeos-system'];
  const { stdout: token } = await cluster.kubectl(create);
  const kubeconfig = await kubeconfigFor(cluster, token.trim());
  const operator = scene.startOperator({
    ...{ api: connectCluster({ kubeconfig }), namespace: 'kubeos-system' },
  });
  await scene.apply(osOf('fleet', { drain: { policy: 'force', timeout: '1s' } }));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.notRegex(operator.said().join('\n'), /forbidden/);
});
