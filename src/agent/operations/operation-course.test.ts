import test from 'ava';
import { KubeosError } from '../../errors.ts';
import { advance, beginCourse, endCourse } from './operation-course.ts';

const BEGUN = { id: 1, kind: 'prepare', release: null, since: '2026-01-01T00:00:00.000Z' } as const;
const progress = (blocksDone: number) => ({ progress: { blocks: 1000, blocksDone } });

test('the time that is left follows the speed of this phase', (t) => {
  let course = advance(beginCourse(BEGUN, 0), { phase: 'writing' }, 500);
  // What was right already took no time, and says nothing of the speed.
  course = advance(course, progress(600), 1000);
  t.is(course.operation.etaSeconds, null);
  course = advance(course, progress(610), 2000);
  t.is(course.operation.etaSeconds, null, 'too early');
  course = advance(course, progress(650), 6000);
  t.is(course.operation.etaSeconds, 35, '50 blocks in 5 s, 350 are left');
  course = advance(course, progress(650), 11_000);
  t.is(course.operation.etaSeconds, 70, 'it got slower');
  course = advance(course, { phase: 'reading-back' }, 12_000);
  t.is(course.operation.etaSeconds, null);
});

test('a phase lasts until the next one, the last until the end', (t) => {
  let course = beginCourse(BEGUN, 0);
  course = advance(course, { phase: 'writing' }, 1000);
  course = advance(course, { phase: 'writing', bytesTransferred: 5 }, 2000);
  course = advance(course, { phase: 'reading-back' }, 3500);
  const { phases } = endCourse(course, null, { nowMs: 4000, until: 'then' });
  t.deepEqual(phases, [
    { phase: 'starting', seconds: 1 },
    { phase: 'writing', seconds: 2.5 },
    { phase: 'reading-back', seconds: 0.5 },
  ]);
});

test('an end says how, with what to do', (t) => {
  const end = (error: unknown) => endCourse(beginCourse(BEGUN, 0), error, { nowMs: 1, until: '' });
  t.like(end(null), { outcome: 'done', error: null });
  const refused = new KubeosError('REFUSED', 'no', { hint: 'do this' });
  t.like(end(refused), {
    outcome: 'failed',
    error: { code: 'REFUSED', message: 'no', hint: 'do this' },
  });
  t.like(end(new KubeosError('CANCELLED', 'stopped')), { outcome: 'cancelled' });
  t.like(end('thrown'), { outcome: 'failed', error: { code: 'INTERNAL' } });
});
