import test from 'ava';
import { testFleet, testNode, testRun } from '../testing/test-fleet.ts';
import type { Fleet, FleetNode, NodeRun } from './fleet.ts';
import { planRollout } from './plan-rollout.ts';

const MINUTE = 60_000;
const prepared: Partial<NodeRun> = { reported: { phase: 'prepared' } };

function stepsOf(fleet: Fleet, nowMs: number): readonly string[] {
  return planRollout(fleet, nowMs).steps.map(
    (step) => `${step.do} ${'node' in step ? step.node : ''}`,
  );
}

function whyOf(fleet: Fleet, nowMs: number, name: string): string {
  const waiting = planRollout(fleet, nowMs).waiting.find(({ node }) => node === name);
  return waiting?.gates.map(({ gate }) => gate).join(' ') ?? '';
}

test('serial is one of ours at a time; what else is away is counted against the rest', (t) => {
  const nodes = [testNode('n1', { isCordoned: true }), testNode('n2', { run: testRun(prepared) })];
  const policy = { isSerial: true, maxUnavailable: { count: 2 } };
  t.deepEqual(stepsOf(testFleet(nodes, policy), MINUTE), ['drain n2']);
  const busy = [
    ...nodes,
    testNode('n3', {
      run: testRun({ ...prepared, allowed: 'drain', since: { prepare: 0, drain: 0 } }),
    }),
  ];
  const wide = { ...policy, maxUnavailable: { count: 3 } };
  t.is(whyOf(testFleet(busy, wide), MINUTE, 'n2'), 'places');
});

test("the operator's node waits for none that cannot come before it", (t) => {
  const op = testNode('op', { run: testRun(prepared) });
  const of = (other: FleetNode, policy = {}) => ({
    ...testFleet([op, other], policy),
    operatorNode: 'op',
  });
  const wave = { size: { count: 1 }, soakMs: 0, needsApproval: false };
  t.deepEqual(stepsOf(of(testNode('n1'), { waves: [wave] }), 1), ['drain op'], 'its wave is full');
  const dead = testNode('n1', { isReady: false, run: testRun(prepared) });
  t.deepEqual(stepsOf(of(dead), 100 * MINUTE), ['drain op'], 'prepared, and dead');
  const taken = testNode('n1', { isCordoned: true, run: testRun(prepared) });
  t.deepEqual(stepsOf(of(taken, { maxUnavailable: { count: 2 } }), 1), ['drain op']);
  t.is(whyOf(of(testNode('n1')), 1, 'op'), 'operatorLast');
});

test('a node whose writes are refused is told, and keeps no place', (t) => {
  const refused = 'admission webhook "x" denied the request';
  const ready = testRun({ reported: { phase: 'prepared' } });
  const nodes = [
    testNode('n1', { run: ready, refused }),
    testNode('n2', { run: ready }),
    testNode('n3', { run: testRun({ ...ready, allowed: 'drain' }), isCordoned: true, refused }),
  ];
  const { steps, waiting } = planRollout(testFleet(nodes, { maxUnavailable: { count: 2 } }), 1);
  t.deepEqual(steps, [{ do: 'drain', node: 'n2' }]);
  const gates = [{ gate: 'write', because: refused }];
  t.deepEqual(
    waiting.filter(({ node }) => node !== 'n2'),
    [
      { node: 'n3', gates },
      { node: 'n1', gates },
    ],
  );
});
