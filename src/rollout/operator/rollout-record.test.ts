import test from 'ava';
import { testNode, testRun, TWO } from '../testing/test-fleet.ts';
import { courseOf, recordAfter, recordFor, withoutHalt } from './rollout-record.ts';

const fresh = recordFor({ rollout: null }, TWO, 1000);

test('another release begins anew; the same goes on', (t) => {
  t.is(recordFor({ rollout: fresh }, TWO, 5000), fresh);
  const other = recordFor({ rollout: fresh }, { version: '3', digest: 'sha256:3' }, 5000);
  t.like(other, { digest: 'sha256:3', startedAt: new Date(5000).toISOString() });
});

test('waves, a halt and what a run took are written down with their time', (t) => {
  const run = testRun({ since: { prepare: 0, drain: 10_000, activate: 40_000 } });
  const node = testNode('n1', { run });
  const close = { do: 'close', node: 'n1', message: '', uncordon: true } as const;
  const at = { node, nowMs: 100_000 };
  const done = recordAfter(fresh, { ...close, outcome: 'done' }, at);
  t.like(done, { drainSeconds: [30], switchSeconds: [60] });
  t.is(recordAfter(fresh, { ...close, outcome: 'failed' }, at), fresh);
  const waved = recordAfter(done, { do: 'end-wave', index: 0 }, at);
  const halt = { do: 'halt', reason: 'AbortedByUser', message: 'enough' } as const;
  const { waves, halted, measured } = courseOf(recordAfter(waved, halt, at), null);
  t.deepEqual(waves, [{ finishedMs: 100_000 }]);
  t.deepEqual(halted, { reason: 'AbortedByUser', message: 'enough', atMs: 100_000 });
  t.deepEqual(measured, { drainMs: [30_000], switchMs: [60_000] });
});

test('a halt is over for who wants to try again later than it, and the deadline counts from then', (t) => {
  const step = { do: 'halt', reason: 'FailureBudgetSpent', message: '' } as const;
  const halted = recordAfter(fresh, step, { node: null, nowMs: 5000 });
  t.not(courseOf(halted, 5000).halted, null);
  const course = courseOf(halted, 5001);
  t.is(course.halted, null);
  t.deepEqual([courseOf(halted, null).startedMs, course.startedMs], [1000, 5001]);
  t.is(withoutHalt(halted, course).halted, null);
});

test('when the first node began is written down once', (t) => {
  const begin = { do: 'begin', node: 'n1', kind: 'upgrade', target: TWO } as const;
  const begun = recordAfter(fresh, begin, { node: testNode('n1'), nowMs: 7000 });
  t.is(begun.begunAt, new Date(7000).toISOString());
  const again = recordAfter(begun, begin, { node: testNode('n1'), nowMs: 9000 });
  t.is(again.begunAt, begun.begunAt);
});
