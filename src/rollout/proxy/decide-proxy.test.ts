import test from 'ava';
import type { AgentStatus } from '../../agent/status.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { afterBegun, afterStatus, newCourse } from './course.ts';
import { decideProxy } from './decide-proxy.ts';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const BEGUN = { id: 5, since: '2026-01-01T00:00:00Z' };
/** After the agent was killed in it: the numbers of what never ended are given once more. */
const BY_HAND = { id: 5, since: '2026-01-01T01:00:00Z' };

const agent = (change: Partial<AgentStatus>): AgentStatus => {
  const since = '2026-01-01T00:00:00Z';
  const release = { ...{ version: '1.0.0', digest: digest('1') }, epoch: 1, securityFloor: 0 };
  const none = { booted: null, first: null, second: null, release: null };
  return {
    ...{ agentVersion: '0.1.0', booted: 'A', bootId: 'boot', failed: [], floor: 0, trial: null },
    ...{ next: { slot: 'A', isTrial: false }, operation: null, last: null, data: null },
    slots: {
      A: { state: 'good', release: { ...release, image: null }, since, triesLeft: null },
      B: { state: 'empty', release: null, since, triesLeft: 0 },
    },
    watchdog: { kind: 'none', name: null, isArmed: false },
    grub: { ...none, state: 'not-brought', message: '' },
    ...change,
  };
};

const preparing = (begun: typeof BEGUN): AgentStatus =>
  agent({
    operation: {
      ...{ ...begun, kind: 'prepare', release: digest('2'), phase: 'writing' },
      ...{ progress: null, bytesTransferred: 0, etaSeconds: null },
    },
  });

const instance = osInstanceSchema.parse({ metadata: { name: 'n1' } });
const course = afterBegun(newCourse('run-1'), BEGUN);

test('what is prepared for a run that was taken away is cancelled; what a person prepares is not', (t) => {
  const view = { instance, nodeUid: null, course, nowMs: 0 };
  t.is(decideProxy({ ...view, agent: preparing(BEGUN) }).call?.step, 'cancel');
  t.is(decideProxy({ ...view, agent: preparing(BY_HAND) }).call, null);
});

test('what failed is counted for the run that began it', (t) => {
  const failed = (begun: typeof BEGUN): AgentStatus =>
    agent({
      last: {
        ...{ ...begun, kind: 'prepare', release: digest('2'), until: begun.since },
        ...{ outcome: 'failed', error: { code: 'REFUSED', message: 'no', hint: null } },
        ...{ phases: [], transfer: null },
      },
    });
  t.is(afterStatus(course, failed(BEGUN), 0).failures.prepare?.count, 1);
  t.is(afterStatus(course, failed(BY_HAND), 0).failures.prepare, undefined);
});
