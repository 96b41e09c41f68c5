import test from 'ava';
import type { RolloutPolicy } from '../plan/fleet.ts';
import { stageFleet } from '../plan/staged-fleet.ts';
import { testFleet, testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import { estimateLeft } from './estimate-left.ts';

/** Of the test's policy: 5 for the drain, 10 for the switch. */
const PER_NODE = 15;
const MINUTE = 60_000;
const pending = (count: number) => Array.from({ length: count }, (_, at) => testNode(`n${at}`));
const done = testNode('done', {
  booted: { digest: TWO.digest, bootId: 'b', isOnTrial: false },
  outcome: testOutcome('done'),
});

const minutes = (
  nodes: readonly ReturnType<typeof testNode>[],
  policy: Partial<RolloutPolicy>,
  nowMs = 0,
) => minutesOf(testFleet(nodes, policy), nowMs);

function minutesOf(fleet: ReturnType<typeof testFleet>, nowMs: number): number | null {
  const left = estimateLeft(stageFleet(fleet, nowMs));
  return left === null ? null : left.ms / MINUTE;
}

test('what is left are as many turns as places make of the nodes', (t) => {
  t.is(minutes(pending(10), { maxUnavailable: { count: 3 } }), 4 * PER_NODE);
  t.is(minutes([done, ...pending(3)], { maxUnavailable: { count: 3 } }), PER_NODE);
  t.is(minutes(pending(10), { isSerial: true, maxUnavailable: { count: 3 } }), 10 * PER_NODE);
  t.is(minutes([done], {}), 0);
});

test('each wave ends before the next begins, and soaks', (t) => {
  const waves = [{ size: { count: 1 }, soakMs: 60 * MINUTE, needsApproval: false }];
  const policy = { waves, maxUnavailable: { count: 9 } };
  t.is(minutes(pending(10), policy), PER_NODE + 60 + PER_NODE);
});

test('the time of nodes that are away already is not counted again', (t) => {
  const run = testRun({ allowed: 'drain', since: { prepare: 0, drain: 0 } });
  t.is(minutes([testNode('away', { run })], {}, 10 * MINUTE), PER_NODE - 10);
});

test('what the first node took is expected of the others', (t) => {
  const fleet = testFleet([done, ...pending(2)], { isSerial: true });
  const measured = { drainMs: [MINUTE], switchMs: [2 * MINUTE] };
  t.is(minutesOf({ ...fleet, course: { ...fleet.course, measured } }, 0), 6);
});

test('nothing is said where no node may be away', (t) => {
  t.is(minutes(pending(2), { maxUnavailable: { count: 0 } }), null);
});
