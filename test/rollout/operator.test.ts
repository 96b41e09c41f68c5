import test from 'ava';
import { WISHES } from '../../src/rollout/api/wishes.ts';
import { ONE, osOf, startRolloutScene, TWO, type RolloutScene } from './rollout-scene.ts';

const OURS = /unschedulable|upgrade\.openeuler\.org\/(upgrading|cordoned-by)"/;

const nodesOf = async ({ cluster }: RolloutScene): Promise<string> =>
  (await cluster.kubectl(['get', 'nodes', '-o', 'json'])).stdout;

const bootedOn = async ({ cluster }: RolloutScene): Promise<string> => {
  const path = 'jsonpath={range .items[*]}{.status.booted.digest}{"\\n"}{end}';
  const { stdout } = await cluster.kubectl(['get', 'osinstances', '-o', path]);
  return stdout;
};

const web = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } },
  spec: {
    ...{ replicas: 3, selector: { matchLabels: { app: 'web' } } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'example.com/web' }] },
    },
  },
};

const budget = (minAvailable: number): object => ({
  ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web' } },
  spec: { minAvailable, selector: { matchLabels: { app: 'web' } } },
});

async function untilRunning({ cluster, until }: RolloutScene): Promise<void> {
  await until('web runs', async () => {
    const path = 'jsonpath={.status.readyReplicas}';
    return (await cluster.kubectl(['get', 'deployment', 'web', '-o', path])).stdout === '3';
  });
}

test('three nodes are upgraded one after another, their pods move, and all is as before', async (t) => {
  await using scene = await startRolloutScene();
  for (const name of ['n1', 'n2', 'n3']) await scene.addNode({ name, digest: ONE });
  await scene.apply(web);
  await scene.apply(budget(2));
  await untilRunning(scene);
  const operator = scene.startOperator();
  await scene.apply(osOf('fleet'));
  const os = await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.like(os.status, { observedGeneration: 1, nodes: 3, counts: { current: 3 } });
  t.is(os.status.rollout?.switchSeconds.length, 3);
  t.notRegex(await nodesOf(scene), OURS);
  t.is(await bootedOn(scene), `${TWO}\n`.repeat(3));
  await scene.cluster.kubectl(['wait', '--for=condition=Available', 'os/fleet', '--timeout=60s']);
  await scene.until('what happened is told', async () => {
    const { stdout } = await scene.cluster.kubectl(['get', 'events', '-o', 'jsonpath={..reason}']);
    return stdout.includes('AllNodesOnRelease') && stdout.split('NodeUpgraded').length === 4;
  });
  const metrics = await operator.metrics();
  t.regex(metrics, /^kubeos_os_nodes\{os="default\/fleet",phase="current"\} 3$/m);
  t.regex(
    metrics,
    /^kubeos_phase_duration_seconds_count\{os="default\/fleet",phase="switch"\} 3$/m,
  );
  t.notRegex(metrics, /^kubeos_node_maintenance\{/m, 'nobody is away any more');
  t.log(os.status.history.map(({ reason }) => reason).join(' → '));
});

test('a pod that its budget keeps is named, and the node goes on when the budget allows it', async (t) => {
  await using scene = await startRolloutScene();
  await scene.addNode({ name: 'n1', digest: ONE });
  await scene.apply(web);
  await scene.apply(budget(3));
  await untilRunning(scene);
  scene.startOperator();
  await scene.apply(osOf('fleet'));
  await scene.until('the drain is blocked by name', async () => {
    const { status } = await scene.os('fleet');
    return status.waiting.some(({ gates }) =>
      gates.some(
        ({ gate, because }) =>
          gate === 'drain' &&
          /pod default\/web-.*disruption budget web needs 3 healthy/.test(because),
      ),
    );
  });
  await scene.addNode({ name: 'n2', digest: TWO });
  await scene.apply(budget(0));
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.notRegex(await nodesOf(scene), OURS);
});

const NOT_OTHERS = { matchExpressions: [{ key: 'pool', operator: 'DoesNotExist' }] };

test('a release that a node falls back from halts the rollout; a person who wants it tried again is obeyed', async (t) => {
  await using scene = await startRolloutScene();
  const bad = await scene.addNode({ name: 'n1', digest: ONE, fault: 'falls-back' });
  await scene.addNode({ name: 'n2', digest: ONE });
  scene.startOperator();
  await scene.apply(osOf('fleet', { selector: NOT_OTHERS }));
  const { status } = await scene.untilReads('fleet', 'FailureBudgetSpent');
  t.like(status, { rollout: { halted: { reason: 'FailureBudgetSpent' } } });
  t.true(
    status.conditions.some(
      ({ type, message }) => type === 'Halted' && /n1, .*kubelet\.service failed/.test(message),
    ),
  );
  t.regex(await bootedOn(scene), new RegExp(`^${ONE}\n`));
  t.notRegex(await nodesOf(scene), OURS, 'it is back at work');
  await scene.addNode({ name: 'n3', digest: ONE, labels: { pool: 'others' } });
  await scene.apply(osOf('others', { selector: { matchLabels: { pool: 'others' } } }));
  const others = await scene.untilReads('others', 'ReleaseFailedBefore');
  t.regex(others.status.rollout?.halted?.message ?? '', /^2\.0\.0 failed under default\/fleet at /);
  bad.fault = 'none';
  const retry = `${WISHES.retry}=${TWO.slice(7, 19)}:${new Date().toISOString()}`;
  await scene.cluster.kubectl(['annotate', 'os/fleet', retry]);
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.is(await bootedOn(scene), `${TWO}\n${TWO}\n${ONE}\n`);
  await scene.cluster.kubectl(['annotate', 'os/others', retry]);
  await scene.untilReads('others', 'AllNodesOnRelease');
});

test('an operator that ends is followed by the next, which goes on from what is written', async (t) => {
  await using scene = await startRolloutScene();
  for (const name of ['n1', 'n2', 'n3', 'n4']) await scene.addNode({ name, digest: ONE });
  await scene.apply(osOf('fleet', { maxunavailable: 2 }));
  for (let count = 1; count <= 3; count += 1) {
    const operator = scene.startOperator();
    await scene.until(
      `${count} nodes are there`,
      async () => (await bootedOn(scene)).split(TWO).length > count,
    );
    await operator.stop();
  }
  scene.startOperator();
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.notRegex(await nodesOf(scene), OURS);
});

test('a paused rollout begins nothing; one whose object is deleted gives every node back', async (t) => {
  await using scene = await startRolloutScene();
  for (const name of ['n1', 'n2']) await scene.addNode({ name, digest: ONE });
  await scene.cluster.kubectl(['cordon', 'n2']);
  scene.startOperator();
  // Who is cordoned is away: there has to be a place more.
  await scene.apply(osOf('fleet', { paused: true, maxunavailable: 2 }));
  await scene.untilReads('fleet', 'PausedByUser');
  await scene.apply(osOf('fleet', { paused: false, maxunavailable: 2 }));
  await scene.until('n1 is there, n2 waits for who cordoned it', async () => {
    const { status } = await scene.os('fleet');
    const n2 = status.waiting.find(({ node }) => node === 'n2');
    return status.counts['current'] === 1 && n2?.gates[0]?.gate === 'cordon';
  });
  await scene.cluster.kubectl(['delete', 'os/fleet']);
  await scene.until('nobody is busy', async () => {
    const path = 'jsonpath={..spec.nodestatus}';
    const { stdout } = await scene.cluster.kubectl(['get', 'osinstances', '-o', path]);
    return (
      stdout === 'idle idle' && !/upgrade\.openeuler\.org\/cordoned-by/.test(await nodesOf(scene))
    );
  });
  t.regex(await nodesOf(scene), /"unschedulable": true/, 'the cordon of a person stays');
});

test('two objects that mean one node: the older goes on, the newer is told and touches nothing', async (t) => {
  await using scene = await startRolloutScene();
  for (const name of ['n1', 'n2']) await scene.addNode({ name, digest: ONE });
  await scene.apply(osOf('older', { paused: true }));
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await scene.apply(osOf('newer'));
  scene.startOperator();
  const newer = await scene.untilReads('newer', 'OverlappingSelectors');
  t.regex(newer.status.conditions[0]?.message ?? '', /meant by default\/older too/);
  await scene.untilReads('older', 'PausedByUser');
  t.is(await bootedOn(scene), `${ONE}\n`.repeat(2));
});
