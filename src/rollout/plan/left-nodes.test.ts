import test from 'ava';
import { applyStep } from '../simulation/apply-step.ts';
import { cordon, draining, onTwo, prepared, stepsOf } from '../testing/planned-steps.ts';
import { ONE, testFleet, testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import type { FleetNode, NodeRun } from './fleet.ts';
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
  const since = { ...unwell, readySinceMs: 50 * MINUTE };
  t.deepEqual(endOf(since, 80 * MINUTE), ['close n1: failed'], 'it has pods already');
  t.deepEqual(endOf({ ...since, ...cordon }, 80 * MINUTE), ['close n1: quarantined']);
  const stale = { ...unwell, readySinceMs: 0, kubeletBootId: 'before' };
  t.deepEqual(endOf(stale, 80 * MINUTE), [], 'Ready is of the boot before');
});

test('a node that was left to somebody to look at stays so, whatever becomes of another release, until that runs well', (t) => {
  const left = { ...cordon, isQuarantined: true };
  const endOf = (node: FleetNode, aborted = false) => {
    const fleet = testFleet([node]);
    const wished = { ...fleet, wishes: { ...fleet.wishes, aborted } };
    const end = planRollout(wished, 31 * MINUTE).steps.find((step) => step.do === 'close');
    const at = { nowMs: 0, releases: [ONE, TWO], isCut: false };
    const after = end === undefined ? null : applyStep(fleet, end, at).nodes[0];
    return [end?.outcome, end?.uncordon, after?.isQuarantined];
  };
  const failed = { reported: { phase: 'failed', code: 'NETWORK', message: 'no answer' } } as const;
  const node = (run: Partial<NodeRun>) => testNode('n1', { ...left, run: testRun(run) });
  t.deepEqual(endOf(node(failed)), ['failed', false, true]);
  t.deepEqual(endOf(node(draining(0))), ['postponed', false, true]);
  t.deepEqual(endOf(node(prepared), true), ['undone', false, true]);
  const activated = { allowed: 'activate', since: { prepare: 0, activate: 30 * MINUTE } } as const;
  t.deepEqual(endOf(node({ ...failed, ...activated })), ['failed', false, true]);
  const well = testRun({ ...activated, reported: { phase: 'committed' } });
  t.deepEqual(endOf(onTwo('n1', { ...left, run: well })), ['done', true, false]);
});

test('a node whose cordon somebody has lifted since is left to nobody any more', (t) => {
  const begin = { do: 'begin', node: 'n1', kind: 'upgrade', target: TWO } as const;
  const at = { nowMs: 0, releases: [ONE, TWO], isCut: false };
  const begun = (change: Partial<FleetNode>) =>
    applyStep(testFleet([testNode('n1', { isQuarantined: true, ...change })]), begin, at).nodes[0];
  t.true(begun(cordon)?.isQuarantined);
  t.false(begun({})?.isQuarantined);
});

test('a node whose standby slot is activated gets no pods: whatever restarts it tries what is there', (t) => {
  const armed = { ...cordon, isArmed: true, outcome: testOutcome('failed') };
  t.deepEqual(stepsOf(testFleet([testNode('n1', armed)]), 1), ['halt']);
  const disarmed = { ...armed, isArmed: false };
  t.deepEqual(stepsOf(testFleet([testNode('n1', disarmed)]), 1), ['halt', 'uncordon n1']);
});
