import test from 'ava';
import { ONE, startRolloutScene, type RolloutScene } from './rollout-scene.ts';
import { runKubeos } from './run-kubeos.ts';
import { kubeconfigFor } from '../cluster/kubeconfig-for.ts';

const pod = (name: string, owner: 'none' | 'daemon', more: object = {}): object => ({
  ...{ apiVersion: 'v1', kind: 'Pod' },
  metadata: {
    name,
    labels: { app: name },
    ...(owner === 'daemon' && { labels: { app: 'agent' } }),
  },
  spec: { nodeName: 'n1', containers: [{ name: 'c', image: 'example.com/c' }], ...more },
});

const labelled = (kind: string, name: string, spec: object): object => ({
  ...{ apiVersion: 'apps/v1', kind, metadata: { name } },
  spec: {
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'example.com/c' }] },
    },
    ...spec,
  },
});

async function untilReady({ cluster, until }: RolloutScene, replicas: number): Promise<void> {
  await until('web runs', async () => {
    const path = 'jsonpath={.status.readyReplicas}';
    const { stdout } = await cluster.kubectl(['get', 'deployment', 'web', '-o', path]);
    return stdout === String(replicas);
  });
}

async function untilTold({ cluster, until }: RolloutScene): Promise<void> {
  await until('the budget is known', async () => {
    const path = 'jsonpath={.status.expectedPods}';
    return (await cluster.kubectl(['get', 'pdb', 'web', '-o', path])).stdout === '2';
  });
}

test('a node is drained by hand: what blocks it is named before, during and after; force ends it', async (t) => {
  await using scene = await startRolloutScene();
  const { cluster } = scene;
  const node = async (...args: readonly string[]) => await runKubeos(cluster, 'node', ...args);
  await scene.addNode({ name: 'n1', digest: ONE });
  await scene.apply(labelled('Deployment', 'web', { replicas: 2 }));
  await scene.apply(labelled('DaemonSet', 'agent', {}));
  await scene.apply(pod('alone', 'none'));
  await untilReady(scene, 2);
  await scene.apply({
    ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web' } },
    spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
  });
  await untilTold(scene);

  const tried = await node('drain', 'n1', '--dry-run');
  t.is(tried.exitCode, 8);
  t.regex(
    tried.stdout,
    /^blocked default\/alone {2}nothing makes it anew elsewhere\n {8}delete it/m,
  );
  t.regex(
    tried.stdout,
    /^waits {3}default\/web-\S+ {2}The disruption budget web needs 2 healthy pods/m,
  );
  t.regex(tried.stdout, /^stays {3}default\/agent-\S+ {2}belongs to this node by DaemonSet agent/m);
  const { stdout } = await cluster.kubectl(['get', 'node', 'n1', '-o', 'jsonpath={.spec}']);
  t.notRegex(stdout, /unschedulable/, 'a dry run changes nothing');

  const late = await node('drain', 'n1', '--unmanaged', 'evict', '--timeout', '15s');
  t.is(late.exitCode, 10, late.stderr);
  t.regex(late.stderr, /default\/web-\S+ {2}The disruption budget web needs 2 healthy pods/);
  const forced = await node('drain', 'n1', '--force-after', '1s', '--timeout', '2m');
  t.is(forced.exitCode, 0, forced.stderr);
  t.is(forced.stdout, 'n1 is drained\n');
  t.is((await node('uncordon', 'n1')).exitCode, 0);
  await untilReady(scene, 2);

  await cluster.kubectl(['cordon', 'n1']);
  const foreign = await node('uncordon', 'n1');
  t.is(foreign.exitCode, 8);
  t.regex(foreign.stderr, /was cordoned by somebody else/);
});

test('a drain says nothing that it has not seen, and leaves no cordon where it could not begin', async (t) => {
  await using scene = await startRolloutScene();
  const { cluster } = scene;
  await scene.addNode({ name: 'n1', digest: ONE });
  const node = async (...args: readonly string[]) => await runKubeos(cluster, 'node', ...args);
  const nowhere = await node('drain', 'nowhere', '--dry-run');
  t.is(nowhere.exitCode, 8, nowhere.stdout);
  t.is((await node('drain', 'n1', '--force-after', '9999h')).exitCode, 2, 'a timer of 0');

  await cluster.kubectl(['create', 'serviceaccount', 'half']);
  await cluster.kubectl(['create', 'clusterrole', 'half', '--verb=get,patch', '--resource=nodes']);
  const bound = ['create', 'clusterrolebinding', 'half', '--clusterrole=half'];
  await cluster.kubectl([...bound, '--serviceaccount=default:half']);
  const { stdout: token } = await cluster.kubectl(['create', 'token', 'half']);
  const half = { ...cluster, kubeconfig: await kubeconfigFor(cluster, token.trim()) };
  const blind = await runKubeos(half, 'node', 'drain', 'n1', '--timeout', '5s');
  t.is(blind.exitCode, 7, blind.stdout);
  const specOf = async () => (await cluster.kubectl(['get', 'node', 'n1', '-o', 'json'])).stdout;
  t.notRegex(await specOf(), /unschedulable/);

  t.is((await node('drain', 'n1', '--json')).exitCode, 0);
  await cluster.kubectl(['uncordon', 'n1']);
  await cluster.kubectl(['cordon', 'n1']);
  t.is((await node('uncordon', 'n1')).exitCode, 8, 'the cordon is that of somebody else by now');
  await cluster.kubectl(['uncordon', 'n1']);
  const lifted = await node('uncordon', 'n1', '--json');
  t.like(JSON.parse(lifted.stdout), { kind: 'NodeUncordon', node: 'n1' });
});
