import test from 'ava';
import { once } from 'node:events';
import { timeBudget } from './time-budget.ts';

test('when the time is over, the reason says so', async (t) => {
  using time = timeBudget(new AbortController().signal, 5);
  if (!time.signal.aborted) await once(time.signal, 'abort');
  t.throws(() => time.signal.throwIfAborted(), { code: 'TIMED_OUT' });
});

test('a caller that stops it is told apart', (t) => {
  const controller = new AbortController();
  using time = timeBudget(controller.signal, 60_000);
  controller.abort('SIGINT');
  t.throws(() => time.signal.throwIfAborted(), { code: 'CANCELLED' });
});
