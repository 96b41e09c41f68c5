import test from 'ava';
import { readWishes, WISHES } from './wishes.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const about = { digest: DIGEST, isPausedInSpec: false };

test('a wish is about the release that it names, and is over with it', (t) => {
  const annotations = {
    [WISHES.abort]: 'abababab',
    [WISHES.approved]: `sha256:${'ab'.repeat(6)}:2`,
    [WISHES.retry]: 'abababababab:2026-01-02T03:04:05Z',
    [WISHES.rollback]: 'cdcdcdcd',
  };
  const { wishes, retryMs, unknown } = readWishes(annotations, about);
  t.deepEqual(wishes, { paused: null, approvedWaves: 2, aborted: true, rollback: false });
  t.is(retryMs, Date.parse('2026-01-02T03:04:05Z'));
  t.deepEqual(unknown, []);
  const other = { digest: `sha256:${'cd'.repeat(32)}`, isPausedInSpec: false };
  t.like(readWishes(annotations, other), {
    wishes: { approvedWaves: 0, aborted: false, rollback: true },
    retryMs: null,
  });
});

test('what names no release is obeyed by nobody, and told', (t) => {
  for (const value of ['', 'true', 'abab', 'ABABABAB', 'abababab 2']) {
    const { wishes, unknown } = readWishes({ [WISHES.abort]: value }, about);
    t.false(wishes.aborted, value);
    t.deepEqual(unknown, [`${WISHES.abort}: ${value}`]);
  }
});

test('who pauses says so by name, with the time or without; a spec may too', (t) => {
  const paused = (value: string) => readWishes({ [WISHES.paused]: value }, about).wishes.paused;
  t.deepEqual(paused('ada 2026-01-02T03:04:05Z'), {
    by: 'ada',
    sinceMs: Date.parse('2026-01-02T03:04:05Z'),
  });
  t.deepEqual(paused('ada l.'), { by: 'ada l.', sinceMs: null });
  t.deepEqual(readWishes({}, { ...about, isPausedInSpec: true }).wishes.paused, {
    by: 'spec.paused',
    sinceMs: null,
  });
});
