import test from 'ava';
import { applyStep } from '../simulation/apply-step.ts';
import { cordon, draining, onTwo, prepared, stepsOf } from '../testing/planned-steps.ts';
import { ONE, testFleet, testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import type { FleetNode } from './fleet.ts';
import { planRollout } from './plan-rollout.ts';

const MINUTE = 60_000;

test('a node that was left to somebody to look at gets no pods for a release that is asked for next', (t) => {
  const left = { ...cordon, isQuarantined: true };
  const paused = { by: 'alice', sinceMs: 0 };
  const fleet = testFleet([testNode('n1', left)]);
  t.deepEqual(stepsOf(fleet, 1), ['begin n1']);
  const waits = testFleet([testNode('n1', { ...left, run: testRun(prepared) })]);
  t.deepEqual(stepsOf({ ...waits, wishes: { ...waits.wishes, paused } }, 1), []);
});

test('a node that was let switch and is not restarted in time stays cordoned: its next start may try the release', (t) => {
  const run = testRun({
    allowed: 'activate',
    since: { prepare: 0, activate: 0 },
    bootId: 'n1-boot',
  });
  const endOf = (change: Partial<FleetNode>) =>
    planRollout(testFleet([testNode('n1', { run, ...cordon, ...change })]), 30 * MINUTE).steps[0];
  t.like(endOf({}), { do: 'close', outcome: 'quarantined', uncordon: false });
  t.like(endOf({ isReady: false }), { do: 'close', outcome: 'failed', uncordon: false });
  // Its proxy says what was before, and kubelet is there again.
  t.like(endOf({ kubeletBootId: 'another' }), { do: 'close', outcome: 'failed' });
});

test('a node that somebody has switched by hand while it waited for its turn has come to its end, and is not late', (t) => {
  const endOf = (phase: 'verifying' | 'committed', bootId: string) => {
    const run = testRun({ since: { prepare: 0 }, reported: { phase }, bootId });
    return stepsOf(testFleet([onTwo('n1', { run, readySinceMs: 98 * MINUTE })]), 100 * MINUTE);
  };
  t.deepEqual(endOf('committed', 'before'), ['close n1: done']);
  t.deepEqual(endOf('verifying', 'before'), ['commit n1']);
  t.deepEqual(endOf('committed', 'x'), ['close n1: failed'], 'it has said so of no new boot');
});

test('a node that somebody has switched by hand, and that does not get well, is given up like any other', (t) => {
  const seen = { reported: { phase: 'committed' }, bootId: 'before' } as const;
  const run = testRun({ ...seen, since: { prepare: 0 } });
  const endOf = (change: Partial<FleetNode>, nowMs: number) =>
    stepsOf(testFleet([onTwo('n1', { run, ...change })]), nowMs);
  const down = { isReady: false, readySinceMs: 50 * MINUTE };
  t.deepEqual(endOf(down, 60 * MINUTE), []);
  t.deepEqual(endOf(down, 80 * MINUTE), ['close n1: failed']);
  const unwell = { run: { ...run, unhealthy: 'pod net-1 is not Ready' } };
  t.deepEqual(endOf({ ...unwell, readySinceMs: 50 * MINUTE }, 80 * MINUTE), [
    'close n1: quarantined',
  ]);
  const stale = { ...unwell, readySinceMs: 0, kubeletBootId: 'before' };
  t.deepEqual(endOf(stale, 80 * MINUTE), [], 'Ready is of the boot before');
});

test('a node that was left to somebody to look at stays so, whatever becomes of another release before its switch', (t) => {
  const left = { ...cordon, isQuarantined: true };
  const closeOf = (change: Partial<FleetNode>, aborted = false) => {
    const fleet = testFleet([testNode('n1', { ...left, ...change })]);
    const wished = { ...fleet, wishes: { ...fleet.wishes, aborted } };
    return planRollout(wished, 31 * MINUTE).steps.find((step) => step.do === 'close');
  };
  const failed = { reported: { phase: 'failed', code: 'NETWORK', message: 'no answer' } } as const;
  const kept = { outcome: 'quarantined', uncordon: false };
  t.like(closeOf({ run: testRun(failed) }), kept);
  t.like(closeOf({ run: testRun(draining(0)) }), kept);
  t.like(closeOf({ run: testRun(prepared) }, true), { outcome: 'undone', uncordon: false });
  const run = testRun({ ...prepared });
  const undone = { do: 'close', node: 'n1', outcome: 'undone', message: '', uncordon: false };
  const after = applyStep(testFleet([testNode('n1', { ...left, run })]), undone as never, {
    ...{ nowMs: 0, releases: [ONE, TWO], isCut: false },
  });
  t.like(after.nodes[0], left);
});

test('a node whose standby slot is activated gets no pods: whatever restarts it tries what is there', (t) => {
  const armed = { ...cordon, isArmed: true, outcome: testOutcome('failed') };
  t.deepEqual(stepsOf(testFleet([testNode('n1', armed)]), 1), ['halt']);
  const disarmed = { ...armed, isArmed: false };
  t.deepEqual(stepsOf(testFleet([testNode('n1', disarmed)]), 1), ['halt', 'uncordon n1']);
});
