import type { OsObject } from '../api/os-object.ts';
import { readWishes } from '../api/wishes.ts';

type Rollout = NonNullable<OsObject['status']['rollout']>;

const INVALID: ReadonlySet<string> = new Set(['InvalidSpec', 'OverlappingSelectors']);

/**
 * Whether what an object says of its end was said after a person's last wish. Annotations do not move the generation, so it
 * is told by what the operator does with a wish: it writes the halt that was asked for, and forgets what is tried again.
 */
export function isHeard({ metadata, status }: Pick<OsObject, 'metadata' | 'status'>): boolean {
  const { rollout, conditions } = status;
  const reason = conditions.find(({ type }) => type === 'Ready')?.reason ?? '';
  if (rollout === null || INVALID.has(reason)) return true;
  const { digest, halted } = rollout;
  const { wishes, retryMs } = readWishes(metadata.annotations, { digest, isPausedInSpec: false });
  if (halted === null && (wishes.aborted || wishes.rollback)) return false;
  return retryMs === null || (failedMs(rollout, status) ?? retryMs) >= retryMs;
}

const failedMs = (
  { halted }: Pick<Rollout, 'halted'>,
  status: OsObject['status'],
): number | null => (halted === null ? stalledBeforeMs(status) : Date.parse(halted.at));

/** It is written in whole seconds: the failure was before the end of that second. */
function stalledBeforeMs({ conditions }: OsObject['status']): number | null {
  const stalled = conditions.find(({ type }) => type === 'Stalled');
  return stalled === undefined ? null : Date.parse(stalled.lastTransitionTime) + 1000;
}
