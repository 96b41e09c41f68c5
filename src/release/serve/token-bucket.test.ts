import fc from 'fast-check';
import test from 'ava';
import { fullBucket, takeBytes } from './token-bucket.ts';

test('a client gets a second at once, and the rest as it is earned', (t) => {
  const first = takeBytes(fullBucket(1000, 0), { bytes: 1000, bytesPerSecond: 1000, nowMs: 0 });
  t.is(first.waitMs, 0);
  const second = takeBytes(first.bucket, { bytes: 500, bytesPerSecond: 1000, nowMs: 0 });
  t.is(second.waitMs, 500);
  const third = takeBytes(second.bucket, { bytes: 250, bytesPerSecond: 1000, nowMs: 500 });
  t.is(third.waitMs, 250);
});

test('whoever waits as told never gets more than the rate and one second of burst', (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.array(fc.record({ bytes: fc.nat(100_000), idleMs: fc.nat(5_000) })),
      (bytesPerSecond, takes) => {
        let bucket = fullBucket(bytesPerSecond, 0);
        let nowMs = 0;
        let sum = 0;
        for (const { bytes, idleMs } of takes) {
          nowMs += idleMs;
          const taken = takeBytes(bucket, { bytes, bytesPerSecond, nowMs });
          bucket = taken.bucket;
          nowMs += taken.waitMs;
          sum += bytes;
          if (sum > bytesPerSecond * (1 + nowMs / 1000) + 1e-3) return false;
        }
        return true;
      },
    ),
  );
  t.pass();
});
