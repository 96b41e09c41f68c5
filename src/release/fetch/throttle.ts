import { setTimeout as sleep } from 'node:timers/promises';
import { fullBucket, takeBytes } from '../serve/token-bucket.ts';

/** Waits as long as these bytes take at the rate that is allowed. */
export type Throttle = (bytes: number, signal: AbortSignal) => Promise<void>;

/** A token bucket over all that one fetch reads. Servers slow down because we read no faster than this. */
export function throttle(bytesPerSecond: number): Throttle {
  let bucket = fullBucket(bytesPerSecond, performance.now());
  return async (bytes, signal) => {
    const taken = takeBytes(bucket, { bytes, bytesPerSecond, nowMs: performance.now() });
    bucket = taken.bucket;
    if (taken.waitMs > 0) await sleep(taken.waitMs, undefined, { signal });
  };
}

export const unthrottled: Throttle = async () => {};
