import test from 'ava';
import type { Fleet, FleetNode, NodeOutcome } from '../plan/fleet.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { summarise } from '../plan/summarise.ts';
import { TWO, ONE, testFleet, testNode, POLICY, testRun } from '../testing/test-fleet.ts';
import { conditionsOf, transition, type Condition } from './conditions.ts';

const HOUR = 3_600_000;
const NOW = 10 * HOUR;
const outcome = (kind: NodeOutcome['kind']): NodeOutcome => ({
  ...{ kind, run: 'upgrade', atMs: 0, from: ONE, attempts: 0, message: 'kubelet.service failed' },
});
const upgraded = (name: string, change: Partial<FleetNode> = {}): FleetNode =>
  testNode(name, {
    booted: { digest: TWO.digest, bootId: 'x', isOnTrial: false },
    outcome: outcome('done'),
    ...change,
  });
const running = testNode('running', {
  run: testRun({ since: { prepare: NOW } }),
});
const halted = { reason: 'FailureBudgetSpent', message: 'too many', atMs: 0 } as const;

/** The table of contract section 6: state → Ready's reason, what stands beside it, and how kstatus reads both. */
const STATES: readonly (readonly [string, Fleet, string])[] = [
  ['nodes upgrade', testFleet([running, testNode('b')]), 'False RolloutInProgress + Reconciling'],
  ['all are on it', testFleet([upgraded('a'), upgraded('b')]), 'True AllNodesOnRelease'],
  [
    'all that can be reached are',
    testFleet([upgraded('a'), testNode('b', { isReady: false })]),
    'True AllNodesOnRelease + Degraded NodesUnreachable',
  ],
  [
    'outside of the windows',
    testFleet([testNode('a', { isCordoned: true })], {
      schedule: {
        windows: [{ kind: 'single', fromMs: 20 * HOUR, untilMs: 21 * HOUR }],
        blackouts: [],
      },
    }),
    'False OutsideWindow + Reconciling',
  ],
  [
    'a wave soaks',
    withCourse(testFleet([upgraded('a'), testNode('b')], { waves: [wave({ soakMs: 2 * HOUR })] })),
    'False Soaking + Reconciling',
  ],
  [
    'a person has to approve',
    withCourse(
      testFleet([upgraded('a'), testNode('b')], { waves: [wave({ needsApproval: true })] }),
    ),
    'False AwaitingApproval + Paused',
  ],
  [
    'a person has paused it',
    { ...testFleet([testNode('a')]), wishes: { ...WISHES(), paused: { by: 'alice', sinceMs: 0 } } },
    'False PausedByUser + Paused',
  ],
  [
    'the budget is spent',
    withHalt(testFleet([testNode('a', { outcome: outcome('fell-back') }), testNode('b')])),
    'False FailureBudgetSpent + Stalled + Halted + Degraded FailureBudgetSpent',
  ],
  [
    'it goes back',
    withHalt(
      testFleet([upgraded('a'), testNode('b', { outcome: outcome('fell-back') })], {
        onFailure: 'rollback',
      }),
    ),
    'False RollingBack + Reconciling + Halted',
  ],
  [
    'it has gone back',
    withHalt(
      testFleet([testNode('a', { outcome: outcome('rolled-back') })], { onFailure: 'rollback' }),
    ),
    'False RolledBack + Stalled + Halted + Degraded RolledBack',
  ],
  [
    'some failed within the budget',
    testFleet([upgraded('a'), testNode('b', { outcome: outcome('failed') })], {
      failureBudget: { count: 1 },
    }),
    'False NodesFailed + Stalled + Degraded NodesFailed',
  ],
];

function wave(change: object) {
  return { size: { count: 1 }, soakMs: 0, needsApproval: false, ...change };
}

function WISHES(): Fleet['wishes'] {
  return { paused: null, approvedWaves: 0, aborted: false, rollback: false };
}

function withCourse(fleet: Fleet): Fleet {
  return { ...fleet, course: { ...fleet.course, waves: [{ finishedMs: NOW - HOUR }] } };
}

function withHalt(fleet: Fleet): Fleet {
  return { ...fleet, course: { ...fleet.course, halted } };
}

for (const [name, fleet, expected] of STATES) {
  test(`where ${name} it reads ${expected}`, (t) => {
    const { state } = summarise(fleet, planRollout(fleet, NOW), NOW);
    const said = conditionsOf(state);
    const [ready, ...others] = said.filter(
      ({ type, status }) => type === 'Ready' || (status === 'True' && type !== 'Available'),
    );
    const beside = others.map(({ type, reason }) =>
      type === 'Degraded' ? `${type} ${reason}` : type,
    );
    t.is([`${ready?.status} ${ready?.reason}`, ...beside].join(' + '), expected);
    const exclusive = said.filter(({ type }) =>
      ['Reconciling', 'Stalled', 'Paused'].includes(type),
    );
    t.is(exclusive.length, ready?.status === 'True' ? 0 : 1);
  });
}

test('an invalid object is stalled, and says why', (t) => {
  const said = conditionsOf({ kind: 'invalid', reason: 'InvalidSpec', message: 'spec.release …' });
  t.like(
    said.find(({ type }) => type === 'Stalled'),
    { reason: 'InvalidSpec', status: 'True' },
  );
});

test('a time changes only with the status, the generation with every pass', (t) => {
  const at = (text: string, generation: number) => ({ now: new Date(text), generation });
  const first = transition([], conditionsOf(stateOf('upgrading')), at('2026-01-01T00:00:00Z', 1));
  const second = transition(first, conditionsOf(stateOf('soaking')), at('2026-01-02T00:00:00Z', 2));
  const third = transition(
    second,
    conditionsOf(stateOf('complete')),
    at('2026-01-03T00:00:00Z', 2),
  );
  const timeOf = (all: readonly Condition[]) =>
    all.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  t.deepEqual([first, second, third].map(timeOf), [
    ...['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z'],
  ]);
  t.true(second.every(({ observedGeneration }) => observedGeneration === 2));
  t.is(
    third.find(({ type }) => type === 'Reconciling'),
    undefined,
  );
});

function stateOf(kind: 'upgrading' | 'soaking' | 'complete') {
  return { kind, reason: null, message: kind, unreachable: 0 };
}

test('every stage is counted, also those without nodes', (t) => {
  const fleet = testFleet([running, upgraded('a'), testNode('b')], POLICY);
  const { counts, nodes } = summarise(fleet, planRollout(fleet, NOW), NOW);
  t.is(nodes, 3);
  t.like(counts, { preparing: 1, current: 1, pending: 1, draining: 0, out: 0 });
});

test('a thousand nodes that failed are told in no more than an object may say', (t) => {
  const nodes = Array.from({ length: 1000 }, (_, index) =>
    testNode(`node-${index}`, { outcome: outcome('failed') }),
  );
  const fleet = testFleet(nodes, { failureBudget: { percent: 100 } });
  const { state } = summarise(fleet, planRollout(fleet, NOW), NOW);
  t.true(state.message.length > 32_768, 'more than a condition takes');
  for (const { message } of conditionsOf(state)) t.true(message.length <= 4096);
});
