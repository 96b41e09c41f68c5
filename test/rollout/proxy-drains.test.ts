import test from 'ava';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import { installOptionsSchema } from '../../src/rollout/install/install-options.ts';
import { planManifests } from '../../src/rollout/install/plan-manifests.ts';
import { startFileScene } from '../agent/file-scene.ts';
import { bundleDaemon } from '../agent/run-daemon.ts';
import { askApiAs, type AskApi } from '../cluster/ask-api.ts';
import type { ControlPlane } from '../../src/demo/control-plane/control-plane.ts';
import { IMAGE } from '../cluster/installed.ts';
import { beating } from './beating.ts';
import { startMachine } from './machine.ts';
import { osOf, startRolloutScene, type RolloutScene } from './rollout-scene.ts';
import { kubeconfigFor } from '../cluster/kubeconfig-for.ts';

const PROXY = ['kubeos-proxy', '-n', 'kubeos-proxy'];

async function configOf(cluster: ControlPlane, account: readonly string[], node = '') {
  const bound = node === '' ? [] : ['--bound-object-kind=Node', `--bound-object-name=${node}`];
  const { stdout } = await cluster.kubectl(['create', 'token', ...account, ...bound]);
  return await kubeconfigFor(cluster, stdout.trim());
}

/** A pod that ends at once: there is no kubelet. */
const podSpec = {
  terminationGracePeriodSeconds: 0,
  containers: [{ name: 'c', image: 'registry.example.com/c' }],
  tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
};

async function untilForced(scene: RolloutScene, ask: AskApi): Promise<void> {
  await scene.until('the policies are in force', async () => {
    const { status } = await ask('PATCH', '/api/v1/nodes/n2?dryRun=All', { metadata: {} });
    return status === 422;
  });
}

/** Also when somebody has lifted it. */
async function untilCordoned({ cluster, until }: RolloutScene): Promise<void> {
  await until('n1 is cordoned', async () => {
    const { stdout } = await cluster.kubectl(['get', 'node', 'n1', '-o', 'jsonpath={.spec}']);
    return stdout.includes('unschedulable');
  });
}

test('a proxy cordons and drains its own node where it is left to it, with the rights that it is installed with, and reaches no other', async (t) => {
  await using scene = await startRolloutScene();
  const { cluster } = scene;
  const options = installOptionsSchema.parse({ image: IMAGE, drainBy: 'proxy' });
  const input = JSON.stringify({
    ...{ apiVersion: 'v1', kind: 'List', items: planManifests(options, []) },
  });
  await cluster.kubectl(['apply', '--server-side', '-f', '-'], { input });
  await using files = await startFileScene();
  await bundleDaemon(files.directory);
  const two = await files.publish('1.0.2');
  const ask = await askApiAs(cluster, cluster.kubeconfig);
  for (const name of ['n1', 'n2']) {
    const labels = { 'kubernetes.io/hostname': name };
    await ask('POST', '/api/v1/nodes', { metadata: { name, labels } });
  }
  const capacity = { cpu: '4', memory: '8Gi', pods: '110' };
  await using kubelet = beating(ask, 'n1', { capacity });
  await kubelet.onBoot(await files.node.bootId());
  const pods = '/api/v1/namespaces/default/pods';
  const alone = { metadata: { name: 'alone' }, spec: { ...podSpec, nodeName: 'n1' } };
  t.is((await ask('POST', pods, alone)).status, 201);
  const labels = { app: 'web' };
  await scene.apply({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: podSpec } },
  });
  const onNode = async (): Promise<string> =>
    (
      await cluster.kubectl([
        ...['get', 'pods', '--field-selector', 'spec.nodeName=n1', '-o', 'name'],
      ])
    ).stdout;
  await scene.until('the pod is on the node', async () => (await onNode()).includes('web-'));

  const other = await askApiAs(cluster, await configOf(cluster, PROXY, 'n2'));
  const unbound = await askApiAs(cluster, await configOf(cluster, PROXY));
  await untilForced(scene, unbound);
  const refused = async (asking: ReturnType<AskApi>, why: RegExp): Promise<void> => {
    const { status, body } = await asking;
    t.is(status, 422, JSON.stringify(body));
    t.regex(JSON.stringify(body), why);
  };
  const cordon = { spec: { unschedulable: true } };
  await refused(other('PATCH', '/api/v1/nodes/n1', cordon), /its own node, and not n1/);
  await refused(other('DELETE', `${pods}/alone`), /deletes pods of its own node/);
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'alone' } };
  await refused(unbound('POST', `${pods}/alone/eviction`, eviction), /names no node/);
  for (const change of [
    { metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } },
    { metadata: { annotations: { a: 'b' } } },
    { spec: { taints: [{ key: 'a', effect: 'NoExecute' }] } },
    { metadata: { finalizers: ['a/b'] } },
  ]) {
    await refused(other('PATCH', '/api/v1/nodes/n2', change), /changes nothing of its node but/);
  }
  t.is((await other('PATCH', '/api/v1/nodes/n2?dryRun=All', cordon)).status, 200);
  const tried = { ...eviction, deleteOptions: { dryRun: ['All'] } };
  t.is(
    (await other('POST', `${pods}/alone/eviction`, tried)).status,
    201,
    'nothing can confine it',
  );
  t.is((await other('PATCH', '/api/v1/nodes/n2/status', { status: {} })).status, 403);
  t.is((await other('GET', '/api/v1/secrets')).status, 403);
  const operatorConfig = await configOf(cluster, ['kubeos-operator', '-n', 'kubeos-system']);
  const asOperator = await askApiAs(cluster, operatorConfig);
  t.is((await asOperator('POST', `${pods}/alone/eviction`, eviction)).status, 403);
  await cluster.kubectl(['delete', 'node', 'n2']);

  const kubeconfig = await configOf(cluster, PROXY, 'n1');
  const proxy = { kubeconfig, nodeName: 'n1', socket: files.node.proxySocket };
  await using machine = startMachine({ scene: files, proxy, onBoot: kubelet.onBoot });
  const api = connectCluster({ kubeconfig: operatorConfig });
  const as = { api, namespace: 'kubeos-system', drainBy: 'proxy' } as const;
  const operator = scene.startOperator(as);
  const spec = { release: `1.0.2@${two.digest}`, health: { readySeconds: 1 } };
  await scene.apply(osOf('fleet', { ...spec, drain: { policy: 'force', timeout: '45s' } }));
  await untilCordoned(scene);
  await cluster.kubectl(['uncordon', 'n1']);
  await untilCordoned(scene);
  await scene.untilReads('fleet', 'AllNodesOnRelease').catch((cause: unknown) => {
    throw new Error(`${machine.said()}\n${operator.said().join('\n')}`, { cause });
  });
  t.deepEqual(machine.restarts, ['B']);
  const all = (await cluster.kubectl(['get', 'pods', '-o', 'name'])).stdout;
  t.notRegex(all, /alone/, 'by force: nothing makes it anew');
  t.regex(operator.said().join('\n'), /n1: drain\nn1: force-drain\n.*n1: activate/s);
  t.notRegex(machine.said() + operator.said().join('\n'), /forbidden|denied/);
  const field = 'jsonpath={.spec.unschedulable}{.metadata.annotations}{.metadata.labels}';
  const node = (await cluster.kubectl(['get', 'node', 'n1', '-o', field])).stdout;
  t.notRegex(node, /true|upgrade\.openeuler\.org/, 'it is given back');
});
