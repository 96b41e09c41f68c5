import type { Slot } from '../../disk/grub-environment-slots.ts';
import type { FailureReason } from '../../disk/slot-records.ts';
import { otherSlot, type NodeState } from '../slots/node-state.ts';
import type { KnownWords } from './failure-file.ts';
import type { LastWords } from './last-words.ts';

/** A release that this node fell back from, and the boot that activated it. */
export interface FailedTrial {
  readonly digest: string;
  readonly activatedIn: string;
}

/** The trial that has to be explained: the slot that does not run fell back, and its words were not read yet. */
export function unexplained(
  { records }: NodeState,
  booted: Slot,
  known: ReadonlyMap<string, KnownWords>,
): FailedTrial | null {
  const { state, release, activatedIn } = records[otherSlot(booted)];
  if (state !== 'bad' || release === null || activatedIn === null) return null;
  const isKnown = known.get(release.digest)?.activatedIn === activatedIn;
  return isKnown ? null : { digest: release.digest, activatedIn };
}

/** Better than that it fell back; what the health gate said while it ran is better still. */
export function explained(recorded: FailureReason, words: LastWords): FailureReason {
  if (recorded.code !== 'FELL_BACK') return recorded;
  const message = words.reason ?? `${recorded.message}; ${NOTHING}`;
  return { code: 'FELL_BACK', message };
}

const NOTHING = 'nothing was written: the machine was reset before that';

/** Only of releases that are still remembered. */
export function withWords(
  { records }: NodeState,
  known: ReadonlyMap<string, KnownWords>,
  [digest, words]: readonly [string, KnownWords],
): ReadonlyMap<string, KnownWords> {
  const remembered = new Set(records.failed.map((one) => one.digest));
  return new Map([...known, [digest, words] as const].filter(([of]) => remembered.has(of)));
}
