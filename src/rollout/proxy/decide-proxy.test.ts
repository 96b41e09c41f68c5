import test from 'ava';
import type { AgentStatus } from '../../agent/status.ts';
import { testStatus } from '../../agent/testing/test-status.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { afterBegun, afterStatus, newCourse } from './course.ts';
import { decideProxy } from './decide-proxy.ts';

const TWO = `sha256:${'2'.repeat(64)}`;
const BEGUN = { id: 5, since: '2026-01-01T00:00:00Z' };
/** After the agent was killed in it: the numbers of what never ended are given once more. */
const BY_HAND = { id: 5, since: '2026-01-01T01:00:00Z' };

const preparing = (begun: typeof BEGUN): AgentStatus =>
  testStatus({
    operation: {
      ...{ ...begun, kind: 'prepare', release: TWO, phase: 'writing' },
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
    testStatus({
      last: {
        ...{ ...begun, kind: 'prepare', release: TWO, until: begun.since },
        ...{ outcome: 'failed', error: { code: 'REFUSED', message: 'no', hint: null } },
        ...{ phases: [], transfer: null },
      },
    });
  t.is(afterStatus(course, failed(BEGUN), 0).failures.prepare?.count, 1);
  t.is(afterStatus(course, failed(BY_HAND), 0).failures.prepare, undefined);
});
