/** A client's allowance: bytes that it may have at once, at a time in milliseconds. Negative is a debt. */
export interface TokenBucket {
  readonly bytes: number;
  readonly atMs: number;
}

/** A burst of one second. */
export function fullBucket(bytesPerSecond: number, nowMs: number): TokenBucket {
  return { bytes: bytesPerSecond, atMs: nowMs };
}

/**
 * Takes bytes out, into debt where there are not enough, so that a chunk may be larger than a second's worth.
 *
 * @returns the bucket after that, and how long to wait until the debt is paid
 */
export function takeBytes(
  bucket: TokenBucket,
  { bytes, bytesPerSecond, nowMs }: { bytes: number; bytesPerSecond: number; nowMs: number },
): { readonly bucket: TokenBucket; readonly waitMs: number } {
  const earned = ((nowMs - bucket.atMs) * bytesPerSecond) / 1000;
  const left = Math.min(bytesPerSecond, bucket.bytes + earned) - bytes;
  const waitMs = left < 0 ? (-left * 1000) / bytesPerSecond : 0;
  return { bucket: { bytes: left, atMs: nowMs }, waitMs };
}
