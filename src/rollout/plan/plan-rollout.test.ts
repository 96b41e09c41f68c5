import test from 'ava';
import { applyStep } from '../simulation/apply-step.ts';
import {
  ONE,
  POLICY,
  testFleet,
  testNode,
  testOutcome,
  testRun,
  TWO,
} from '../testing/test-fleet.ts';
import { cordon, draining, onTwo, prepared, stepsOf } from '../testing/planned-steps.ts';
import type { FleetNode } from './fleet.ts';
import { planRollout } from './plan-rollout.ts';

const MINUTE = 60_000;
const THREE = { version: '3.0.0', digest: 'sha256:three' };

test('a run for a release that is not asked for any more is undone, unless it switches already', (t) => {
  const nodes = [
    testNode('n1', { run: testRun() }),
    testNode('n2', { run: testRun(draining(0)), ...cordon }),
    testNode('n3', { run: testRun({ allowed: 'activate', since: { prepare: 0, activate: 0 } }) }),
    testNode('n4', { run: testRun({ kind: 'rollback', target: ONE, ...prepared }) }),
  ];
  t.deepEqual(stepsOf(testFleet(nodes, { target: THREE }), MINUTE), [
    ...['close n1: undone', 'close n2: undone', 'close n4: undone'],
  ]);
  const reported = { phase: 'fell-back', code: 'UNHEALTHY', message: 'why' } as const;
  const fallen = testNode('n1', { run: testRun({ reported, allowed: 'activate' }) });
  t.deepEqual(
    stepsOf(testFleet([fallen], { target: THREE }), MINUTE),
    ['close n1: fell-back'],
    'what TWO did is no failure of THREE',
  );
});

test('a cordon that the operator came to just before it ended is lifted where the node has to wait', (t) => {
  const node = testNode('n1', { run: testRun(prepared), ...cordon });
  const paused = { by: 'alice', sinceMs: 0 };
  const fleet = testFleet([node]);
  t.deepEqual(stepsOf(fleet, 1), ['drain n1']);
  t.deepEqual(stepsOf({ ...fleet, wishes: { ...fleet.wishes, paused } }, 1), ['uncordon n1']);
});

test('no pod is moved when the window has no time left for the switch', (t) => {
  const windows = [{ kind: 'single' as const, fromMs: 0, untilMs: 20 * MINUTE }];
  const node = testNode('n1', { run: testRun(draining(0)), ...cordon });
  const fleet = testFleet([node], { schedule: { windows, blackouts: [] }, drainPolicy: 'wait' });
  t.deepEqual(stepsOf(fleet, 5 * MINUTE), []);
  t.deepEqual(stepsOf(fleet, 11 * MINUTE), ['close n1: undone']);
  const down = testNode('n1', {
    isReady: false,
    run: testRun({ ...draining(0), isDrained: true }),
  });
  const [step] = planRollout({ ...fleet, nodes: [down] }, 11 * MINUTE).steps;
  t.like(step, { do: 'close', uncordon: false }, 'nothing is to be placed there');
});

test('a drain ends for a node that died meanwhile, and for one that force did not empty', (t) => {
  const dead = testNode('n1', { isReady: false, run: testRun(draining(0)), ...cordon });
  t.deepEqual(stepsOf(testFleet([dead], { drainPolicy: 'wait' }), 50 * MINUTE), []);
  t.deepEqual(stepsOf(testFleet([dead], { drainPolicy: 'wait' }), 61 * MINUTE), [
    'close n1: postponed',
  ]);
  const alive = testFleet([testNode('n1', { run: testRun(draining(0)), ...cordon })], {
    drainPolicy: 'force',
  });
  t.deepEqual(stepsOf(alive, 31 * MINUTE), ['force-drain n1']);
  t.deepEqual(stepsOf(alive, 61 * MINUTE), ['close n1: failed']);
});

test('a node that committed in time may be Ready for as long as was asked for', (t) => {
  const limits = { ...POLICY.limits, readyMs: 30 * MINUTE };
  const run = testRun({
    ...{ allowed: 'activate', since: { prepare: 0, activate: 0 } },
    reported: { phase: 'committed' },
  });
  const node = onTwo('n1', { run, readySinceMs: 5 * MINUTE });
  t.deepEqual(stepsOf(testFleet([node], { limits }), 34 * MINUTE), []);
  t.deepEqual(stepsOf(testFleet([node], { limits }), 35 * MINUTE), ['close n1: done']);
  const unsteady = { ...node, readySinceMs: 49 * MINUTE };
  t.deepEqual(stepsOf(testFleet([unsteady], { limits }), 51 * MINUTE).at(-1), 'close n1: failed');
});

test('a node that went back counts as Ready only by what kubelet says since its restart', (t) => {
  const run = testRun({
    ...{ kind: 'rollback', target: ONE, from: TWO, allowed: 'activate' },
    ...{ since: { prepare: 0, activate: 0 }, reported: { phase: 'committed' } },
  });
  const booted = { digest: ONE.digest, bootId: 'y', isOnTrial: false };
  const stale = testNode('n1', { run, booted, kubeletBootId: 'x' });
  t.deepEqual(stepsOf(testFleet([stale]), MINUTE), []);
  const back = { ...stale, kubeletBootId: 'y' };
  t.deepEqual(stepsOf(testFleet([back]), MINUTE), ['close n1: rolled-back']);
});

test('a node that fell back is given back by what kubelet says since, or when nobody believes it any more', (t) => {
  const reported = { phase: 'fell-back', code: 'UNHEALTHY', message: 'it panicked' } as const;
  const run = testRun({
    ...{ allowed: 'activate', since: { prepare: 0, activate: 0 }, reported },
  });
  const booted = { digest: ONE.digest, bootId: 'z', isOnTrial: false };
  const stale = testNode('n1', { run, booted, kubeletBootId: 'x' });
  t.deepEqual(stepsOf(testFleet([stale, testNode('n2')]), MINUTE), ['halt'], 'it counts at once');
  const closed = (node: FleetNode) =>
    planRollout(testFleet([node]), MINUTE).steps.find((step) => step.do === 'close');
  const outcome = { outcome: 'fell-back', node: 'n1' };
  t.like(closed({ ...stale, kubeletBootId: 'z' }), { ...outcome, uncordon: true });
  t.like(closed({ ...stale, isReady: false }), { ...outcome, uncordon: false });
  t.like(closed({ ...stale, booted: null }), outcome, 'nobody knows of which boot it would be');
});

test('what was postponed stays counted when its next try is undone', (t) => {
  const outcome = testOutcome('undone', { attempts: 2 });
  const node = testNode('n1', { outcome, run: testRun(draining(0)), ...cordon });
  t.deepEqual(stepsOf(testFleet([node]), 31 * MINUTE), ['close n1: failed']);
});

test('a node on its way back that is postponed still knows where to go', (t) => {
  const run = testRun({ ...draining(0), kind: 'rollback', target: ONE, from: TWO });
  const step = { do: 'close', node: 'n1', outcome: 'postponed', message: '', uncordon: true };
  const fleet = applyStep(testFleet([onTwo('n1', { run })]), step as never, {
    ...{ nowMs: 0, releases: [ONE, TWO], isCut: false },
  });
  t.deepEqual(fleet.nodes[0]?.outcome?.from, ONE);
});

/** Closed or not, it is restarted by its agent whenever the trial says so: with no drain before it. */
test('a node on trial keeps its cordon, whatever became of its run', (t) => {
  const booted = { digest: TWO.digest, bootId: 'x', isOnTrial: true };
  const run = testRun({
    ...{ allowed: 'activate', since: { prepare: 0, activate: 0 } },
    reported: { phase: 'verifying' },
  });
  const [late] = planRollout(
    testFleet([onTwo('n1', { booted, run, ...cordon })]),
    30 * MINUTE,
  ).steps.filter((step) => step.do === 'close');
  t.like(late, { outcome: 'failed', uncordon: false });
  const closed = onTwo('n1', { booted, ...cordon, outcome: testOutcome('failed') });
  t.deepEqual(stepsOf(testFleet([closed]), 31 * MINUTE), ['halt']);
  const fallen = { digest: ONE.digest, bootId: 'y', isOnTrial: false };
  const back = { ...closed, booted: fallen };
  t.deepEqual(stepsOf(testFleet([back]), 31 * MINUTE), ['halt'], 'kubelet has not spoken since');
  const spoken = { ...back, kubeletBootId: 'y' };
  t.deepEqual(stepsOf(testFleet([spoken]), 31 * MINUTE), ['halt', 'uncordon n1']);
});

test('a cordon that somebody lifts is set again before anything is switched', (t) => {
  const away = testRun({ ...draining(0), blockedBy: null });
  const drained = { ...away, isDrained: true };
  t.deepEqual(stepsOf(testFleet([testNode('n1', { run: drained, ...cordon })]), 1), [
    'activate n1',
  ]);
  for (const run of [away, drained]) {
    t.deepEqual(stepsOf(testFleet([testNode('n1', { run })]), 1), ['cordon n1']);
    const byProxy = testNode('n1', { run: { ...run, isDrainedByProxy: true } });
    t.deepEqual(stepsOf(testFleet([byProxy]), 1), [], 'that is left to the proxy');
  }
});
