import type { Amount } from './fleet.ts';

/**
 * How many of so many. A share of nodes that may be away is rounded down, but one may always be, as in a Deployment's
 * maxUnavailable (apps/v1): a percentage that rounds to none would stand still for ever.
 */
export function atMost(amount: Amount, of: number): number {
  if ('count' in amount) return amount.count;
  return amount.percent === 0 ? 0 : Math.max(1, Math.floor((of * amount.percent) / 100));
}

/** The size of a wave is rounded up: a share of any nodes is some. */
export function atLeast(amount: Amount, of: number): number {
  if ('count' in amount) return Math.min(amount.count, of);
  return Math.min(of, Math.ceil((of * amount.percent) / 100));
}
