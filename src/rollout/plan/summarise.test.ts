import test from 'ava';
import { testFleet, testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import type { Fleet, FleetNode } from './fleet.ts';
import { planRollout } from './plan-rollout.ts';
import { summarise } from './summarise.ts';

const NOW = 36_000_000;
const on = testNode('on', { booted: { digest: TWO.digest, bootId: 'x', isOnTrial: false } });
const silent = testNode('silent', { booted: null });
const dead = testNode('dead', { isReady: false });
const prepared = testNode('p', { run: testRun({ reported: { phase: 'prepared' } }) });

function stateOf(...nodes: readonly FleetNode[]): string {
  return kindOf(testFleet(nodes));
}

const kindOf = (fleet: Fleet): string => summarise(fleet, planRollout(fleet, NOW), NOW).state.kind;

test('a rollout is not complete before anybody has said what runs', (t) => {
  t.is(stateOf(silent), 'waiting');
  t.is(stateOf(on, silent), 'waiting');
  t.is(stateOf(dead), 'waiting');
  t.is(stateOf(on, dead), 'complete');
  t.is(stateOf(on, { ...dead, booted: null }), 'complete');
});

test('a selection that means no node is at its end, and says so', (t) => {
  const none = testFleet([]);
  const { state } = summarise(none, planRollout(none, NOW), NOW);
  t.like(state, { kind: 'complete', message: 'the selection means no node' });
});

test('a node that died on trial does not run the release, whatever it said last, until it is there again', (t) => {
  const died = { ...on, name: 'died', outcome: testOutcome('failed') };
  const fleetWith = (change: Partial<FleetNode>): Fleet =>
    testFleet([on, { ...died, ...change }], { failureBudget: { count: 1 } });
  t.is(kindOf(fleetWith({ isReady: false, readySinceMs: NOW - 60_000 })), 'failed');
  t.is(kindOf(fleetWith({ isReady: true, readySinceMs: NOW - 60_000 })), 'complete');
  const booted = { digest: TWO.digest, bootId: 'x', isOnTrial: true };
  t.is(kindOf(fleetWith({ isReady: true, booted })), 'failed', 'Ready, and may still fall back');
  const outcome = testOutcome('quarantined');
  t.is(kindOf(fleetWith({ isReady: true, booted, outcome })), 'failed', 'the same, and not well');
});

test('a rollout whose nodes have all fetched, and may not go on, is paused', (t) => {
  const fleet = testFleet([on, prepared]);
  const paused = { by: 'alice', sinceMs: 0 };
  t.is(kindOf({ ...fleet, wishes: { ...fleet.wishes, paused } }), 'paused');
  const blocked = testFleet([{ ...on, isCordoned: true }, prepared]);
  t.is(kindOf(blocked), 'waiting');
});
