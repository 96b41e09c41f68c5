import test from 'ava';
import type { KubeosError } from '../../errors.ts';
import { until } from './until.ts';

const never = async (): Promise<boolean> => false;

test('what did not come to be is told, with what to do and where more is said', async (t) => {
  const more = 'what servers said is in /logs';
  const waiting = until('pigs fly', never, { boundMs: 0, more });
  const error: KubeosError = await t.throwsAsync(waiting, { code: 'TIMED_OUT' });
  t.is(error.message, 'it did not come to be within 0 minutes: pigs fly');
  t.regex(error.hint ?? '', /begin again; what servers said is in \/logs$/);
});

test('whoever is stopped waits no longer', async (t) => {
  const stop = new AbortController();
  const waiting = until('pigs fly', never, { signal: stop.signal });
  stop.abort('SIGINT');
  await t.throwsAsync(waiting, { name: 'AbortError' });
});
