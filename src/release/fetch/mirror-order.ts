import type { Source, SourceFailure } from './source.ts';

export interface Backoff {
  /** Tries without progress, over all mirrors together, until a file is given up. */
  readonly tries: number;
  readonly firstMs: number;
  readonly maxMs: number;
}

export const BACKOFF: Backoff = { tries: 8, firstMs: 500, maxMs: 60_000 };

/** One of several places that hold the same, and how it did. */
export interface Mirror {
  readonly source: Source;
  /** Since it last brought something. */
  readonly failures: number;
  /** Not to be asked before; milliseconds of performance.now(). */
  readonly readyAt: number;
}

/** These do not change by asking that mirror for that file again. */
const FINAL = new Set<SourceFailure>(['missing', 'rangeIgnored', 'refused']);

export function isFinal(failure: SourceFailure): boolean {
  return FINAL.has(failure);
}

/**
 * Whether a file is missing, by how each mirror failed last (undefined: not asked yet): no mirror has it; or, where one
 * is enough to say so, one does and all others were asked.
 */
export function isMissing(
  failures: readonly (SourceFailure | undefined)[],
  isOneEnough: boolean,
): boolean {
  if (failures.every((failure) => failure === 'missing')) return true;
  return isOneEnough && failures.includes('missing') && !failures.includes(undefined);
}

/** The mirror to ask now, or after a wait: the first in order that is ready. */
export function nextMirror(
  order: readonly Mirror[],
  excluded: ReadonlySet<Source>,
  now: number,
): { readonly mirror: Mirror; readonly waitMs: number } | null {
  const open = order.filter(({ source }) => !excluded.has(source));
  const ready = open.find(({ readyAt }) => readyAt <= now);
  const [soonest] = open.toSorted((a, b) => a.readyAt - b.readyAt);
  const mirror = ready ?? soonest;
  return mirror === undefined ? null : { mirror, waitMs: Math.max(0, mirror.readyAt - now) };
}

export interface FailureOf {
  readonly source: Source;
  readonly retryAfterMs: number;
  readonly backoff: Backoff;
  readonly now: number;
  /** 0 to 1: ten thousand nodes that failed together must not come back together. */
  readonly random: number;
}

/** The order after a failure: that mirror last, and left alone for a while that doubles each time. */
export function afterFailure(order: readonly Mirror[], failed: FailureOf): readonly Mirror[] {
  const { source, retryAfterMs, backoff, now, random } = failed;
  return order
    .filter((mirror) => mirror.source !== source)
    .concat(
      order
        .filter((mirror) => mirror.source === source)
        .map(({ failures }) => {
          const delayMs = Math.min(backoff.maxMs, backoff.firstMs * 2 ** failures);
          const waitMs = Math.max(retryAfterMs, delayMs / 2) + (random * delayMs) / 2;
          return { source, failures: failures + 1, readyAt: now + waitMs };
        }),
    );
}

/** The order after a mirror brought something: it is not waited for any more. */
export function afterProgress(order: readonly Mirror[], source: Source): readonly Mirror[] {
  return order.map((mirror) =>
    mirror.source === source ? { source, failures: 0, readyAt: 0 } : mirror,
  );
}

/** The order after a mirror sent damaged bytes: last. */
export function afterDamage(order: readonly Mirror[], source: Source): readonly Mirror[] {
  const damaged = order.filter((mirror) => mirror.source === source);
  return [...order.filter((mirror) => mirror.source !== source), ...damaged];
}
