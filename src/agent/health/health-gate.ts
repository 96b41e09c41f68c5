import type { CheckResult, Look } from './health-check.ts';

export interface GateLimits {
  /** Milliseconds for which everything required has to stay good. */
  readonly stableMs: number;
  /** Milliseconds after which a node that is not yet stable is given up. */
  readonly deadlineMs: number;
  readonly intervalMs: number;
}

export interface GateTime {
  /** Milliseconds that only grow: the clock of a node may jump. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

export type Verdict =
  | { readonly kind: 'healthy' }
  /** The release is to blame: this costs a try. */
  | { readonly kind: 'unhealthy'; readonly failing: readonly CheckResult[] }
  /** What fails would fail with any release: going back would not help, and costs nothing. */
  | { readonly kind: 'undecided'; readonly failing: readonly CheckResult[] };

export interface GateContext {
  readonly limits: GateLimits;
  readonly time: GateTime;
  /** Told what is required and not good, after each look. */
  readonly onRound: (failing: readonly CheckResult[]) => void;
}

/** Watches a node on trial until it was good for long enough, or the deadline is over. */
export async function healthGate(
  look: Look,
  { limits, time, onRound }: GateContext,
): Promise<Verdict> {
  const start = time.now();
  let goodSince: number | null = null;
  for (;;) {
    const results = await look();
    const failing = results.filter(({ isGood, isRequired }) => !isGood && isRequired);
    onRound(failing);
    const now = time.now();
    goodSince = failing.length === 0 ? (goodSince ?? now) : null;
    if (goodSince !== null && now - goodSince >= limits.stableMs) return { kind: 'healthy' };
    if (now - start >= limits.deadlineMs) return verdictOf(failing);
    await time.wait(limits.intervalMs);
  }
}

/** At the deadline: good now, but not for long enough, is not healthy either. */
function verdictOf(failing: readonly CheckResult[]): Verdict {
  const byRelease = failing.filter(({ blames }) => blames === 'release');
  if (byRelease.length > 0 || failing.length === 0) return { kind: 'unhealthy', failing };
  return { kind: 'undecided', failing };
}
