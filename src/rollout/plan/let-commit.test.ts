import test from 'ava';
import { POLICY, testFleet, testNode, testRun, TWO } from '../testing/test-fleet.ts';
import type { FleetNode, NodeRun } from './fleet.ts';
import { planRollout } from './plan-rollout.ts';

const MINUTE = 60_000;
const NOW = 10 * MINUTE;

const run = (change: Partial<NodeRun> = {}): NodeRun =>
  testRun({
    ...{ allowed: 'activate', since: { prepare: 0, drain: 0, activate: NOW - 3 * MINUTE } },
    ...{ reported: { phase: 'verifying' } },
    ...change,
  });

/** In a new boot of the target, Ready for a minute. */
const node = (change: Partial<FleetNode> = {}): FleetNode =>
  testNode('n1', {
    ...{
      booted: { digest: TWO.digest, bootId: 'after', isOnTrial: false },
      kubeletBootId: 'after',
    },
    ...{ run: run(), readySinceMs: NOW - MINUTE },
    ...change,
  });

const TABLE: readonly (readonly [string, FleetNode, boolean])[] = [
  ['Ready for long enough in the new boot', node(), true],
  ['not for long enough', node({ readySinceMs: NOW - MINUTE + 1 }), false],
  ['not Ready', node({ isReady: false }), false],
  ['Ready by the word of the boot before', node({ kubeletBootId: 'before' }), false],
  ['with something missing', node({ run: run({ unhealthy: 'pod net-1' }) }), false],
  ['let already', node({ run: run({ commitIn: 'after' }) }), false],
  ['let in a boot that has ended since', node({ run: run({ commitIn: 'another' }) }), true],
  [
    'not restarted yet',
    node({ booted: { digest: TWO.digest, bootId: 'before', isOnTrial: false } }),
    false,
  ],
  [
    'something else runs',
    node({ booted: { digest: 'sha256:one', bootId: 'after', isOnTrial: false } }),
    false,
  ],
  ['still on its way', node({ run: run({ reported: { phase: 'rebooting' } }) }), false],
];

for (const [name, observed, isLet] of TABLE) {
  test(`a node on trial is let commit${isLet ? '' : ' later'}: ${name}`, (t) => {
    const { steps } = planRollout(testFleet([observed]), NOW);
    t.is(
      steps.some((step) => step.do === 'commit'),
      isLet,
    );
  });
}

test('what a node does not show yet is told, before others that wait for their turn', (t) => {
  const fleet = testFleet([testNode('n0'), node({ run: run({ unhealthy: 'pod net-1' }) })]);
  const { waiting } = planRollout({ ...fleet, policy: { ...POLICY, maxPreparing: 0 } }, NOW);
  t.deepEqual(waiting[0], { node: 'n1', gates: [{ gate: 'health', because: 'pod net-1' }] });
  t.is(waiting[1]?.node, 'n0');
});

test('a halted rollout does not leave a node half way', (t) => {
  const fleet = testFleet([node()]);
  const halted = { reason: 'AbortedByUser', message: 'a person', atMs: 0 } as const;
  const { steps } = planRollout({ ...fleet, course: { ...fleet.course, halted } }, NOW);
  t.deepEqual(steps, [{ do: 'commit', node: 'n1' }]);
});

test('a node that has to be Ready for longer than a switch may take is not given up for that', (t) => {
  const readyMs = 30 * MINUTE;
  const limits = { ...POLICY.limits, readyMs };
  const late = run({ since: { prepare: 0, activate: NOW - 40 * MINUTE } });
  const { steps } = planRollout(testFleet([node({ run: late })], { limits }), NOW);
  t.deepEqual(steps, []);
  const given = run({ since: { prepare: 0, activate: NOW - 51 * MINUTE } });
  const { steps: after } = planRollout(testFleet([node({ run: given })], { limits }), NOW);
  t.like(after, [{ do: 'close', outcome: 'failed' }]);
});
