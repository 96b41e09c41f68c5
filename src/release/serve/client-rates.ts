import { setTimeout as wait } from 'node:timers/promises';
import { isIPv6 } from 'node:net';
import { fullBucket, takeBytes, type TokenBucket } from './token-bucket.ts';

/** Waits until a client may have so many bytes more, or until nobody wants them: then they are not counted. */
export type PaceClient = (client: string, bytes: number, signal: AbortSignal) => Promise<void>;

/** A bucket nobody took from for so long is full again, and forgotten. */
const FORGET_MS = 60_000;

/** One bucket per client, whatever the number of its connections. */
export function paceClients(bytesPerSecond: number): PaceClient {
  const buckets = new Map<string, TokenBucket>();
  let sweptMs = 0;
  return async (client, bytes, signal) => {
    const nowMs = performance.now();
    if (nowMs - sweptMs > FORGET_MS) {
      sweptMs = nowMs;
      for (const [name, { atMs, bytes }] of buckets) {
        if (bytes >= 0 && nowMs - atMs > FORGET_MS) buckets.delete(name);
      }
    }
    const bucket = buckets.get(client) ?? fullBucket(bytesPerSecond, nowMs);
    const taken = takeBytes(bucket, { bytes, bytesPerSecond, nowMs });
    // Last in the map is who was here last.
    buckets.set(client, taken.bucket);
    if (taken.waitMs === 0) return;
    await wait(taken.waitMs, undefined, { ref: false, signal }).catch(() => undefined);
    const now = buckets.get(client);
    if (signal.aborted && now !== undefined) {
      buckets.set(client, { ...now, bytes: now.bytes + bytes });
    }
  };
}

/** Who a connection belongs to: an address, or an IPv6 network of 64 bits, which one machine has all to itself. */
export function clientOf(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  // Nearly every request ends here, and node:net decides by a long regular expression.
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? `${network64(address)}::/64` : address;
}

function network64(address: string): string {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => '0');
  return [...first, ...zeros, ...last].slice(0, 4).join(':');
}
