import test from 'ava';
import type { AgentStatus } from '../../agent/status.ts';
import { testStatus } from '../../agent/testing/test-status.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { newCourse } from './course.ts';
import { decideSwitch } from './decide-switch.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const since = '2026-01-01T00:00:00Z';

const slot = (state: 'good' | 'written' | 'bad', digit: string) => ({
  ...{ state, since, triesLeft: null },
  release: {
    ...{ version: `${digit}.0.0`, digest: digest(digit) },
    ...{ epoch: 1, securityFloor: 0, image: null },
  },
});

/** 2.0.0 runs, something is in the other slot, and the node is to go back to 1.0.0. */
function decide(standby: AgentStatus['slots']['A'], change: object = {}, run: object = {}) {
  const target = { version: '1.0.0', digest: digest('1') };
  const { spec } = osInstanceSchema.parse({
    metadata: { name: 'n1' },
    spec: {
      run: {
        ...{ id: 'run', kind: 'upgrade', target, allowed: 'activate', bootId: 'boot' },
        ...{ since: { prepare: since }, goesBack: true, ...run },
      },
    },
  });
  const agent = testStatus({
    ...{ booted: 'B', next: { slot: 'B', isTrial: false } },
    ...{ slots: { A: standby, B: slot('good', '2') }, ...change },
  });
  if (spec.run === null) throw new Error('it has a run');
  const view = { run: spec.run, reported: null, agent, course: newCourse('run'), nowMs: 0 };
  return decideSwitch(view);
}

test('a node goes back to its other slot, and fetches nothing', (t) => {
  t.is(decide(slot('good', '1')).call?.step, 'rollback');
  t.is(decide(slot('good', '1'), {}, { goesBack: undefined }).call?.step, 'prepare');
});

test('what the other slot does not hold, or not for sure, is not fetched for a way back', (t) => {
  for (const standby of [slot('good', '3'), slot('bad', '1')]) {
    const { call, run } = decide(standby);
    t.is(call, null);
    t.is(run.phase, 'failed');
    t.regex(run.message, /the other slot does not hold 1\.0\.0/);
  }
});

test('what lies below the floor of the node is refused before anything is drained for it', (t) => {
  for (const run of [{}, { kind: 'rollback', goesBack: undefined, allowed: 'prepare' }]) {
    const { call, run: said } = decide(slot('good', '1'), { floor: 2 }, run);
    t.is(call, null);
    t.like(said, { phase: 'failed', code: 'REFUSED' });
    t.is(said.message, "epoch 1 is below this node's security floor 2");
    t.not(
      decide(slot('good', '1'), { floor: 1 }, run).run.phase,
      'failed',
      'it may have reached it',
    );
  }
});

test('while something else is on trial a way back waits', (t) => {
  const { call, run } = decide(slot('good', '3'), { trial: { failing: [], commitsAt: null } });
  t.is(call, null);
  t.regex(run.message, /waits for the end of the trial of 2\.0\.0/);
});

test('a restart for another reason is no fall-back of a release that is only written', (t) => {
  const failed = [
    { digest: digest('1'), reason: { code: 'UNHEALTHY', message: 'last week' }, lastLines: [] },
  ];
  const restarted = { bootId: 'another', failed };
  const forth = { goesBack: undefined, triesAgain: true };
  t.is(decide(slot('written', '1'), restarted, forth).call?.step, 'activate');
  t.is(decide(slot('bad', '1'), restarted, forth).run.phase, 'fell-back');
});
