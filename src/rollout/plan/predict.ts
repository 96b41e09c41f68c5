import type { Durations } from './fleet.ts';
import type { StagedFleet } from './staged-fleet.ts';

/** What was measured in fewer runs says little. */
const LEAST_RUNS = 3;

/**
 * What a drain and a switch will take at most, as far as can be known: nine of ten were faster.
 *
 * @param leastRuns with fewer that were measured the policy's own prediction counts
 */
export function predict(
  { course, policy }: StagedFleet,
  leastRuns = LEAST_RUNS,
): Durations<number> {
  const { predicted } = policy.limits;
  const slowOf = (measured: readonly number[]): number | null =>
    measured.length < leastRuns ? null : ninetieth(measured);
  return {
    drainMs: slowOf(course.measured.drainMs) ?? predicted.drainMs,
    switchMs: slowOf(course.measured.switchMs) ?? predicted.switchMs,
  };
}

function ninetieth(measured: readonly number[]): number | null {
  const sorted = measured.toSorted((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? null;
}
