import type { GateLimits } from './health-gate.ts';
import type { HealthPolicy } from './health-policy.ts';

/** A look is not free, and an hour of trial needs no look each second. */
const INTERVAL_MS = 2000;

export function gateLimits({ stableSeconds, deadlineSeconds }: HealthPolicy): GateLimits {
  return {
    stableMs: stableSeconds * 1000,
    deadlineMs: deadlineSeconds * 1000,
    intervalMs: INTERVAL_MS,
  };
}
