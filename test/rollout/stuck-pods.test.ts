import test from 'ava';
import { ONE, osOf, startRolloutScene, type RolloutScene } from './rollout-scene.ts';
import { budgetFor, pinned } from './workloads.ts';

const POLICIES = ['wait', 'abort', 'quarantine', 'force'] as const;
const HOLD = 'example.com/hold';

/** Why the only node of a rollout waits. */
async function waitsFor({ os, until }: RolloutScene, name: string, why: RegExp): Promise<void> {
  await until(`${name} waits: ${why}`, async () => {
    const gates = (await os(name)).status.waiting.flatMap((node) => node.gates);
    return gates.some(({ because }) => why.test(because));
  });
}

const outcomeOf = async ({ cluster }: RolloutScene, node: string): Promise<string> => {
  const path = 'jsonpath={.spec.run.allowed}|{.spec.outcome.kind}|{.spec.outcome.message}';
  return (await cluster.kubectl(['get', 'osinstance', node, '-o', path])).stdout;
};

const isCordoned = async ({ cluster }: RolloutScene, node: string): Promise<boolean> => {
  const path = 'jsonpath={.spec.unschedulable}';
  return (await cluster.kubectl(['get', 'node', node, '-o', path])).stdout === 'true';
};

test('a pod that a finalizer holds is named; what becomes of its node is what the policy of drains says', async (t) => {
  await using scene = await startRolloutScene();
  const { cluster, until } = scene;
  for (const name of POLICIES) {
    await scene.addNode({ name, labels: { drains: name }, digest: ONE });
    await scene.apply(pinned({ name, only: { drains: name }, finalizers: [HOLD] }));
  }
  await scene.addNode({ name: 'budgets', labels: { drains: 'budgets' }, digest: ONE });
  await scene.apply(pinned({ name: 'budgets', only: { drains: 'budgets' } }));
  for (const name of ['one', 'two']) await scene.apply(budgetFor('budgets', 0, name));
  const there = ['--for=condition=Available', 'deploy', '--all', '--timeout=10m'];
  await cluster.kubectl(['wait', ...there]);
  scene.startOperator();
  for (const policy of POLICIES) {
    const drain = { policy, timeout: '1s' };
    const selector = { matchLabels: { drains: policy } };
    await scene.apply(osOf(policy, { nodeselector: undefined, selector, drain }));
  }
  const selector = { matchLabels: { drains: 'budgets' } };
  const drain = { policy: 'wait', timeout: '1h' };
  await scene.apply(osOf('budgets', { nodeselector: undefined, selector, drain }));
  await waitsFor(
    scene,
    'budgets',
    /pod default\/budgets-.* more than one PodDisruptionBudget.*leave one .*kubectl get pdb -A/,
  );
  const held = /is ending since \S+, held by example\.com\/hold/;
  await waitsFor(scene, 'wait', held);
  const ended = async (name: string): Promise<string> => {
    let outcome = '';
    await until(`${name} is given up`, async () => {
      outcome = await outcomeOf(scene, name);
      return !outcome.startsWith('drain|') && !outcome.includes('||');
    });
    return outcome;
  };
  t.regex(
    await ended('abort'),
    /^\|postponed\|its pods did not leave in time: pod default\/abort-/,
  );
  t.regex(await ended('quarantine'), /^\|quarantined\|/);
  t.regex(await ended('force'), /^\|failed\|DRAIN_BLOCKED: not by force either, .* held by/);
  // What became of a node is written first.
  for (const name of ['abort', 'force'])
    await until(`${name} is given back`, async () => !(await isCordoned(scene, name)));
  const cordoned = await Promise.all(POLICIES.map(async (name) => await isCordoned(scene, name)));
  t.deepEqual(cordoned, [true, false, true, false], 'who waits, and who is to be looked at');

  const names = ['get', 'pods', '-l', 'app=wait', '-o', 'name'];
  for (const pod of (await cluster.kubectl(names)).stdout.trim().split('\n')) {
    const patch = '{"metadata":{"finalizers":null}}';
    await cluster.kubectl(['patch', pod, '--type=merge', '-p', patch]);
  }
  await scene.untilReads('wait', 'AllNodesOnRelease');
  t.false(await isCordoned(scene, 'wait'));
});
