import test from 'ava';
import type { AgentStatus } from '../../agent/status.ts';
import { newCourse } from './course.ts';
import { decideRun } from './decide-run.ts';
import type { Step } from './agent-call.ts';
import type { GivenRun, RunPhase } from './run-view.ts';

const TARGET = { version: '2.0.0', digest: `sha256:${'2'.repeat(64)}` };
const RUN: GivenRun = {
  ...{ id: 'run-1', kind: 'upgrade', target: TARGET, from: null, repository: 'default' },
  ...{ allowed: 'activate', since: { prepare: '2026-01-01T00:00:00Z' } },
  ...{ bootId: 'before', holdCommitSeconds: 600 },
};

const RELEASE = { ...TARGET, epoch: 1, securityFloor: 0, image: null };

/** An agent in slot B, which holds the target. */
const agent = (trial: AgentStatus['trial'], bootId = 'after'): AgentStatus => {
  const since = '2026-01-01T00:00:00Z';
  const none = { booted: null, first: null, second: null, release: null };
  const state = trial === null ? 'good' : 'trial';
  return {
    ...{ agentVersion: '0.1.0', booted: 'B', bootId, failed: [], floor: 0, trial },
    ...{ next: { slot: 'B', isTrial: trial !== null }, operation: null, last: null, data: null },
    slots: {
      A: { state: 'empty', release: null, since, triesLeft: 0 },
      B: { state, release: RELEASE, since, triesLeft: null },
    },
    watchdog: { kind: 'none', name: null, isArmed: false },
    droppedArguments: [],
    grub: { ...none, state: 'not-brought', message: '' },
  };
};

const failing = [
  { name: 'kubelet', isGood: false, isRequired: true, blames: 'release', message: 'is away' },
] as const;
const UNHEALTHY = { failing, commitsAt: null };
const HEALTHY = { failing: [], commitsAt: '2026-01-01T00:10:00Z' };

const TABLE: readonly (readonly [
  string,
  AgentStatus,
  string | undefined,
  { phase: RunPhase; message: RegExp; step?: Step },
])[] = [
  [
    'the agent looks at it',
    agent({ failing: [], commitsAt: null }),
    'after',
    { phase: 'verifying', message: /the agent looks/ },
  ],
  [
    'the agent does not find it healthy: being let is not enough',
    agent(UNHEALTHY),
    'after',
    { phase: 'verifying', message: /not healthy yet: kubelet is away/ },
  ],
  [
    'healthy, and not let yet',
    agent(HEALTHY),
    undefined,
    { phase: 'verifying', message: /by itself at 2026-01-01T00:10:00Z/ },
  ],
  [
    'healthy, and another boot was let',
    agent(HEALTHY),
    'before',
    { phase: 'verifying', message: /when the cluster lets it/ },
  ],
  [
    'healthy, and let',
    agent(HEALTHY),
    'after',
    { phase: 'verifying', message: /^$/, step: 'commit' },
  ],
  [
    'committed, by whomever, whatever the cluster thinks of it',
    agent(null),
    undefined,
    { phase: 'committed', message: /^$/ },
  ],
  [
    'it ran before this run began',
    agent(null, 'before'),
    'before',
    { phase: 'failed', message: /runs already/ },
  ],
];

for (const [name, status, commitIn, expected] of TABLE) {
  test(name, (t) => {
    const given = commitIn === undefined ? RUN : { ...RUN, commitIn };
    const view = { run: given, reported: null, agent: status, nowMs: 0 };
    const { call, run } = decideRun({ ...view, course: newCourse('run-1') });
    t.is(run.phase, expected.phase);
    t.regex(run.message, expected.message);
    t.is(call?.step, expected.step);
  });
}

const OTHER = { version: '3.0.0', digest: `sha256:${'3'.repeat(64)}` };

test('while something else is on trial nothing is prepared: the agent would refuse it, and the run would have failed', (t) => {
  const view = { reported: null, nowMs: 0, course: newCourse('run-1') };
  const run = { ...RUN, target: OTHER };
  const { call, run: said } = decideRun({ ...view, run, agent: agent(UNHEALTHY) });
  t.is(call, null);
  t.like(said, { phase: 'preparing', message: 'waits for the end of the trial of 2.0.0' });
  t.is(decideRun({ ...view, run, agent: agent(null) }).call?.step, 'prepare');
});

test('the way back from a trial waits for nothing', (t) => {
  const run = { ...RUN, kind: 'rollback', target: OTHER } as const;
  const status = agent(UNHEALTHY);
  const A = { ...status.slots.A, state: 'good', release: { ...RELEASE, ...OTHER } } as const;
  const held = { ...status, slots: { ...status.slots, A } };
  const view = { run, reported: null, nowMs: 0, course: newCourse('run-1') };
  t.is(decideRun({ ...view, agent: held }).call?.step, 'rollback');
});
