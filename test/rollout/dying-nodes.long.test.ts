import test from 'ava';
import { WISHES } from '../../src/rollout/api/wishes.ts';
import { pinned } from './workloads.ts';
import { ONE, osOf, startRolloutScene, TWO, type RolloutScene } from './rollout-scene.ts';
import { watchAway } from './watch-away.ts';

const MINUTE = 60_000;
const PHASES = ['preparing', 'draining', 'activating', 'rebooting', 'verifying'] as const;

const outcomesIn = async ({ cluster }: RolloutScene): Promise<string> => {
  const fields = '{.metadata.name} {.spec.outcome.kind} {.spec.outcome.message}';
  const path = `jsonpath={range .items[*]}${fields}{"\\n"}{end}`;
  const { stdout } = await cluster.kubectl(['get', 'osinstances', '-o', path]);
  return stdout.replace(/in time: pod .*/, 'in time');
};

const cordonedIn = async ({ cluster }: RolloutScene): Promise<string> => {
  const path = 'jsonpath={range .items[?(@.spec.unschedulable==true)]}{.metadata.name} {end}';
  return (await cluster.kubectl(['get', 'nodes', '-o', path])).stdout.trim();
};

test('a node that dies in any phase holds its place for as long as it may, is told of, and is given back when it is there again', async (t) => {
  await using scene = await startRolloutScene();
  let aheadMs = 0;
  const nodes = await Promise.all(
    PHASES.map(async (phase) => {
      const labels = { dies: phase };
      return await scene.addNode({ name: phase, labels, digest: ONE, fault: `dies-${phase}` });
    }),
  );
  await scene.addNode({ name: 'well', digest: ONE });
  await scene.apply(pinned({ name: 'web', only: { dies: 'draining' } }));
  await scene.cluster.kubectl(['wait', '--for=condition=Available', 'deploy/web', '--timeout=10m']);
  await using away = watchAway(scene.api, { limit: 6 });
  scene.startOperator({ now: () => new Date(Date.now() + aheadMs) });
  const strategy = { maxUnavailable: 6, failureBudget: 4 };
  await scene.apply(osOf('fleet', { strategy, drain: { policy: 'abort', timeout: '30s' } }));
  await scene.untilCounts('fleet', { preparing: 1, draining: 1, switching: 3, current: 1 });

  aheadMs = 46 * MINUTE;
  await scene.untilCounts('fleet', { preparing: 1, pending: 1, out: 3, current: 1 });
  t.is(await cordonedIn(scene), 'activating draining rebooting verifying', 'nobody is there');
  aheadMs = 62 * MINUTE;
  const told = await scene.untilReads('fleet', 'AllNodesOnRelease');
  t.like(
    told.status.conditions.find(({ type }) => type === 'Degraded'),
    { status: 'True', reason: 'NodesUnreachable' },
  );
  t.deepEqual((await outcomesIn(scene)).trim().split('\n'), [
    'activating failed TIMED_OUT: the node did not come back healthy in time',
    'draining postponed its pods did not leave in time',
    'preparing failed TIMED_OUT: the release was not prepared in time',
    'rebooting failed TIMED_OUT: the node did not come back healthy in time',
    'verifying failed TIMED_OUT: the node did not come back healthy in time',
    'well done runs the release, and is Ready',
  ]);

  for (const node of nodes) node.switchOn();
  const left = await scene.untilReads('fleet', 'NodesFailed');
  t.regex(left.status.conditions[0]?.message ?? '', /did not make it/);
  t.is(await cordonedIn(scene), '');
  const retry = `${WISHES.retry}=${TWO.slice(7, 19)}:${new Date(Date.now() + aheadMs).toISOString()}`;
  await scene.cluster.kubectl(['annotate', 'os/fleet', retry]);
  await scene.untilReads('fleet', 'AllNodesOnRelease');
  await scene.untilCounts('fleet', { current: 6 });
  t.is(await cordonedIn(scene), '');
  t.deepEqual(away.wrong(), []);
});
