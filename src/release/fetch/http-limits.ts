/** How long one server is waited for, before the next one, or another try. */
export interface HttpLimits {
  /** Milliseconds until connected, TLS and proxy included. */
  readonly connectMs: number;
  /** Milliseconds from the request to the head of the answer. */
  readonly headMs: number;
  /** Milliseconds without a byte. */
  readonly idleMs: number;
  /** Against a slow drip: at least this many bytes a second, over each `dripWindowMs` spent waiting. */
  readonly minBytesPerSecond: number;
  readonly dripWindowMs: number;
  readonly maxRedirects: number;
}

export const HTTP_LIMITS: HttpLimits = {
  connectMs: 15_000,
  headMs: 30_000,
  idleMs: 30_000,
  minBytesPerSecond: 1024,
  dripWindowMs: 30_000,
  maxRedirects: 5,
};
