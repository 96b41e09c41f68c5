import test from 'ava';
import { testFleet, testNode, testOutcome, testRun, TWO } from '../testing/test-fleet.ts';
import { foresee } from './foresee.ts';

const MINUTE = 60_000;
const fleetOf = (count: number, policy: Parameters<typeof testFleet>[1] = {}) =>
  testFleet(
    Array.from({ length: count }, (_, index) => testNode(`n${index}`)),
    policy,
  );

test('so many at once, each as long as predicted: the end follows', (t) => {
  const { nodes, endsMs, left, halt } = foresee(fleetOf(4, { maxUnavailable: { count: 2 } }), 0);
  t.is(nodes.length, 4);
  t.is(halt, null);
  t.deepEqual(left, []);
  // Two rounds of 5 min for a drain and 10 for a switch, and some ticks.
  t.true(endsMs !== null && endsMs > 30 * MINUTE && endsMs < 40 * MINUTE, String(endsMs));
});

test('waves soak, and are told apart; a window that is closed is waited for', (t) => {
  const waves = [{ size: { count: 1 }, soakMs: 60 * MINUTE, needsApproval: true }];
  const soaked = foresee(fleetOf(3, { waves, maxUnavailable: { count: 3 } }), 0);
  t.deepEqual(
    soaked.nodes.map(({ wave }) => wave),
    [1, 2, 2],
  );
  const [first, second] = soaked.nodes;
  t.true((second?.beginsMs ?? 0) >= (first?.endsMs ?? 0) + 60 * MINUTE);
  const window = { kind: 'single', fromMs: 600 * MINUTE, untilMs: 700 * MINUTE } as const;
  const late = foresee(fleetOf(1, { schedule: { windows: [window], blackouts: [] } }), 0);
  t.true((late.nodes[0]?.drainsMs ?? 0) >= 600 * MINUTE);
  t.is(
    foresee(
      fleetOf(1, {
        schedule: { windows: [{ ...window, fromMs: 0, untilMs: MINUTE }], blackouts: [] },
      }),
      0,
    ).endsMs,
    null,
  );
});

test('what would not get the release is told with the reason', (t) => {
  const cordoned = testNode('n9', { isCordoned: true });
  const fleet = testFleet([testNode('n1'), cordoned], { maxUnavailable: { count: 2 } });
  const { nodes, left } = foresee(fleet, 0);
  t.deepEqual(
    nodes.map(({ node }) => node),
    ['n1'],
  );
  t.like(left, [{ node: 'n9', gates: [{ gate: 'cordon' }] }]);
  const skewed = foresee(testFleet([testNode('n1')], { kubeletVersion: '1.40.0' }), 0);
  t.is(skewed.halt?.reason, 'KubeletSkew');
});

test('what is under way already keeps its own times, and what was postponed is tried again', (t) => {
  const since = { prepare: MINUTE, drain: 2 * MINUTE };
  const draining = testNode('n1', {
    run: testRun({ allowed: 'drain', since, reported: { phase: 'prepared' } }),
    ...{ isCordoned: true, isCordonOurs: true },
  });
  const [begun] = foresee(testFleet([draining]), 3 * MINUTE).nodes;
  t.like(begun, { node: 'n1', beginsMs: MINUTE, drainsMs: 2 * MINUTE });
  const outcome = testOutcome('postponed', { attempts: 1 });
  const later = foresee(testFleet([testNode('n1', { outcome })]), MINUTE);
  t.deepEqual(later.left, []);
  t.true((later.nodes[0]?.beginsMs ?? 0) >= 15 * MINUTE);
});

test('a node that somebody has switched already is foreseen to commit, and the others after it', (t) => {
  const booted = { digest: TWO.digest, bootId: 'x', isOnTrial: true };
  const run = testRun({ reported: { phase: 'verifying' } });
  const ahead = testNode('n0', { booted, kubeletBootId: 'x', run });
  const { nodes, endsMs, left } = foresee(testFleet([ahead, testNode('n1')]), 0);
  t.deepEqual(
    nodes.map(({ node }) => node),
    ['n0', 'n1'],
  );
  t.deepEqual(left, []);
  t.not(endsMs, null);
});

test('a rollout that is halted is not foreseen to go on', (t) => {
  const fleet = testFleet([testNode('n1')]);
  const halted = { reason: 'AbortedByUser', message: 'why', atMs: 0 } as const;
  const { nodes, halt } = foresee({ ...fleet, course: { ...fleet.course, halted } }, MINUTE);
  t.deepEqual(nodes, []);
  t.is(halt?.reason, 'AbortedByUser');
});

test('of a large fleet the first nodes are foreseen one by one, and the end is estimated', (t) => {
  const nodes = Array.from({ length: 40 }, (_, at) => testNode(`n${at}`));
  const { nodes: foreseen, beyond, left } = foresee(testFleet(nodes), 0, 4000);
  t.true(foreseen.length > 0 && foreseen.length < 40);
  t.true((beyond?.nodes ?? 0) === 40 - foreseen.length);
  t.true((beyond?.endsMs ?? 0) > Math.max(...foreseen.map(({ endsMs }) => endsMs)));
  t.deepEqual(left, []);
});
