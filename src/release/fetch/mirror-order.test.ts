import test from 'ava';
import fc from 'fast-check';
import { afterDamage, afterFailure, afterProgress, BACKOFF, nextMirror } from './mirror-order.ts';
import type { Source } from './source.ts';

const sourceOf = (address: string): Source => ({
  address,
  mirrors: 1,
  read: async function* () {},
  readSmall: async () => null,
  distrust: () => {},
  close: () => {},
});

const [a, b] = [sourceOf('a'), sourceOf('b')];
const fresh = [a, b].map((source) => ({ source, failures: 0, readyAt: 0 }));
const none = new Set<Source>();
const fail = (source: Source, change = {}) => ({
  source,
  retryAfterMs: 0,
  backoff: BACKOFF,
  now: 1000,
  random: 0.5,
  ...change,
});

test('the first mirror is asked first, after a failure the other one, without a wait', (t) => {
  t.is(nextMirror(fresh, none, 1000)?.mirror.source, a);
  const order = afterFailure(fresh, fail(a));
  const next = nextMirror(order, none, 1000);
  t.is(next?.mirror.source, b);
  t.is(next?.waitMs, 0);
});

test('when all have failed, the one that is ready first is waited for', (t) => {
  const order = afterFailure(afterFailure(fresh, fail(a, { retryAfterMs: 9000 })), fail(b));
  const next = nextMirror(order, none, 1000);
  t.is(next?.mirror.source, b);
  t.true((next?.waitMs ?? 0) > 0);
});

test('a mirror that brings something again is not waited for', (t) => {
  const order = afterProgress(afterFailure(afterFailure(fresh, fail(a)), fail(b)), a);
  t.is(nextMirror(order, none, 1000)?.mirror.source, a);
});

test('what sent damaged bytes is asked last', (t) => {
  t.deepEqual(
    afterDamage(fresh, a).map(({ source }) => source.address),
    ['b', 'a'],
  );
});

test('mirrors that cannot help are left out', (t) => {
  t.is(nextMirror(fresh, new Set([a]), 0)?.mirror.source, b);
  t.is(nextMirror(fresh, new Set([a, b]), 0), null);
});

test('a wait is at least what the server asked for, and at most the cap besides', (t) => {
  const property = fc.property(
    fc.nat(100),
    fc.nat(600_000),
    fc.double({ min: 0, max: 1, noNaN: true }),
    (failures, retryAfterMs, random) => {
      const [last] = afterFailure(
        [{ source: a, failures, readyAt: 0 }],
        fail(a, { retryAfterMs, random, now: 0 }),
      );
      const waitMs = last?.readyAt ?? -1;
      return (
        waitMs >= retryAfterMs && waitMs <= Math.max(retryAfterMs, BACKOFF.maxMs) + BACKOFF.maxMs
      );
    },
  );
  t.notThrows(() => fc.assert(property));
});
