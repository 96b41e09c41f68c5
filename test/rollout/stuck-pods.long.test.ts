import test from 'ava';
import { ONE, osOf, startRolloutScene, type RolloutScene } from './rollout-scene.ts';
import { budgetFor, pinned } from './workloads.ts';

const MINUTE = 60_000;

async function startWithWeb(
  workload: Partial<Parameters<typeof pinned>[0]> = {},
): Promise<RolloutScene> {
  await using undo = new AsyncDisposableStack();
  const scene = undo.use(await startRolloutScene());
  await scene.addNode({ name: 'n1', labels: { has: 'web' }, digest: ONE });
  await scene.apply(pinned({ name: 'web', only: { has: 'web' }, ...workload }));
  await scene.cluster.kubectl(['wait', '--for=condition=Available', 'deploy/web', '--timeout=10m']);
  undo.move();
  return scene;
}

test('a pod with two budgets leaves when one of them is taken away', async (t) => {
  await using scene = await startWithWeb();
  for (const name of ['one', 'two']) await scene.apply(budgetFor('web', 0, name));
  scene.startOperator();
  await scene.apply(osOf('fleet', { drain: { policy: 'wait', timeout: '1h' } }));
  await scene.until('it is said', async () => {
    const { waiting } = (await scene.os('fleet')).status;
    return JSON.stringify(waiting).includes('leave one PodDisruptionBudget that selects it');
  });
  await scene.cluster.kubectl(['delete', 'pdb', 'two']);
  const { status } = await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.is(status.counts['current'], 1);
});

test('a drain that is given up is tried again later, three times in all, and then somebody has to look', async (t) => {
  await using scene = await startWithWeb({ finalizers: ['example.com/hold'] });
  let aheadMs = 0;
  const operator = scene.startOperator({ now: () => new Date(Date.now() + aheadMs) });
  await scene.apply(osOf('fleet', { drain: { policy: 'abort', timeout: '1s' } }));
  const tries = (): number => operator.said().filter((line) => line.startsWith('n1: close')).length;
  for (const [tried, laterMs] of [
    [1, 16 * MINUTE],
    [2, 31 * MINUTE],
  ] as const) {
    await scene.until(`tried ${tried} times`, async () => tries() === tried);
    // With the next look at all nodes, which is another write.
    await scene.until('it is said', async () =>
      /postponed.*tried again at/.test(JSON.stringify((await scene.os('fleet')).status.waiting)),
    );
    aheadMs += laterMs;
  }
  const { status } = await scene.untilReads('fleet', 'FailureBudgetSpent');
  t.regex(status.conditions[0]?.message ?? '', /DRAIN_BLOCKED: .* held by example\.com\/hold/);
  t.is(tries(), 3);
  const { stdout } = await scene.cluster.kubectl(['get', 'node', 'n1', '-o', 'json']);
  t.notRegex(stdout, /unschedulable|cordoned-by/);
});
