import type { MetadataRole } from '../metadata/metadata-limits.ts';

const DAY_MS = 24 * 3600 * 1000;

/** How long each file is good for after it was signed, in milliseconds. */
export type Lifetimes = Readonly<Record<MetadataRole, number>>;

/** The timestamp is refreshed daily, and so has six tries before anyone notices (contract section 4). */
export const DEFAULT_LIFETIMES: Lifetimes = {
  root: 365 * DAY_MS,
  timestamp: 7 * DAY_MS,
  snapshot: 30 * DAY_MS,
  targets: 365 * DAY_MS,
  halt: 365 * DAY_MS,
};

/** When a file that is signed now ends, in the form of the specification. */
export function expiryOf(now: Date, lifetimeMs: number): string {
  return `${new Date(now.getTime() + lifetimeMs).toISOString().slice(0, 19)}Z`;
}
