import test from 'ava';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import { haltRelease } from '../../src/release/repository/halt-release.ts';
import { installOptionsSchema } from '../../src/rollout/install/install-options.ts';
import { planManifests } from '../../src/rollout/install/plan-manifests.ts';
import { startFileScene } from '../agent/file-scene.ts';
import { bundleDaemon } from '../agent/run-daemon.ts';
import { askApiAs } from '../cluster/ask-api.ts';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { IMAGE } from '../cluster/installed.ts';
import { beating } from './beating.ts';
import { startMachine } from './machine.ts';
import { osOf, startRolloutScene } from './rollout-scene.ts';
import { kubeconfigFor } from '../cluster/kubeconfig-for.ts';

async function tokenOf(
  cluster: ControlPlane,
  account: readonly [name: string, namespace: string],
  ...bound: readonly string[]
): Promise<string> {
  const [name, namespace] = account;
  const { stdout } = await cluster.kubectl(['create', 'token', name, '-n', namespace, ...bound]);
  return await kubeconfigFor(cluster, stdout.trim());
}

test('a node is upgraded and goes back, and what does not fit or is halted is kept from it: operator, proxy and agent are the real ones, with their own rights', async (t) => {
  await using scene = await startRolloutScene();
  const { cluster } = scene;
  const items = planManifests(installOptionsSchema.parse({ image: IMAGE }), []);
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input });
  await using files = await startFileScene();
  await bundleDaemon(files.directory);
  const two = await files.publish('1.0.2');
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  await ask('POST', '/api/v1/nodes', { metadata: { name: 'n1' } });
  await using kubelet = beating(ask, 'n1');
  const bound = ['--bound-object-kind=Node', '--bound-object-name=n1'];
  const kubeconfig = await tokenOf(cluster, ['kubeos-proxy', 'kubeos-proxy'], ...bound);
  const proxy = { kubeconfig, nodeName: 'n1', socket: files.node.proxySocket };
  await using machine = startMachine({ scene: files, proxy, onBoot: kubelet.onBoot });
  const operator = scene.startOperator({
    api: connectCluster({
      kubeconfig: await tokenOf(cluster, ['kubeos-operator', 'kubeos-system']),
    }),
    namespace: 'kubeos-system',
  });
  const spec = { health: { readySeconds: 1 }, drain: { policy: 'force', timeout: '5m' } };
  await scene.apply(osOf('fleet', { ...spec, release: `1.0.2@${two.digest}` }));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.deepEqual(machine.restarts, ['B']);
  t.deepEqual((await files.node.slots()).B, { ok: true, tries: 0 });
  const steps = operator.said().filter((line) => line.startsWith('n1: '));
  t.deepEqual(steps, [
    ...['n1: begin', 'n1: drain', 'n1: activate', 'n1: commit'],
    'n1: close: runs the release, and is Ready',
  ]);
  t.regex(machine.said(), /asks the agent: commit/);

  // As in KubeOS's documentation, but for the labels of the nodes.
  const before = { ...spec, opstype: 'rollback', osversion: '1.0.1', release: undefined };
  await scene.apply(osOf('fleet', before));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.deepEqual(machine.restarts, ['B', 'A']);
  t.regex(machine.said(), /asks the agent: rollback/);
  t.is(machine.said().split('asks the agent: prepare').length, 2, 'nothing was fetched for it');

  const tooNew = await files.publish('1.0.3', { kubelet: '1.99.0' });
  await scene.apply(osOf('fleet', { ...spec, release: `1.0.3@${tooNew.digest}` }));
  const { status } = await scene.untilReads('fleet', 'KubeletSkew');
  t.regex(status.rollout?.halted?.message ?? '', /kubelet 1\.99\.0 is newer than the API server/);
  t.is(
    operator.said().filter((line) => line === 'n1: drain').length,
    2,
    'nothing was drained for it',
  );
  t.deepEqual(machine.restarts, ['B', 'A']);

  const halted = await files.publish('1.0.4');
  await haltRelease({ ...files.publisher, release: halted.digest, reason: 'it loses data' });
  const strategy = { failureBudget: '100%' };
  await scene.apply(osOf('fleet', { ...spec, strategy, release: `1.0.4@${halted.digest}` }));
  await scene.untilReads('fleet', 'ReleaseHalted');
  t.deepEqual(machine.restarts, ['B', 'A']);
  t.notRegex(machine.said() + operator.said().join('\n'), /forbidden/);
});
