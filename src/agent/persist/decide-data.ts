import type { DataJournal, RanRelease, StepPhase } from './data-journal.ts';
import type { StateItem } from './state-rules.ts';

/** What is known before services start. */
export interface DataSituation {
  readonly running: RanRelease;
  /** The running slot is not committed. */
  readonly isTrial: boolean;
  /** The other slot holds this release, and was committed. */
  readonly committedElsewhere: string | null;
  readonly items: readonly StateItem[];
  /** Null where nobody knows whose data lies in /var. */
  readonly journal: DataJournal | null;
  /** Of which releases data is kept, by digest. */
  readonly kept: ReadonlySet<string>;
}

export type DataPlan =
  /** The data is the running release's. */
  | { readonly kind: 'same' }
  /** From now on it is taken for the running release's. */
  | { readonly kind: 'adopt' }
  /** Another release began on the running one's data: it is put back as it was, if it was kept. */
  | { readonly kind: 'undo' }
  /** A release was in the middle of being undone when another one started: first to its end, then decided again. */
  | { readonly kind: 'finishUndo' }
  /** The running release's own data comes back, for these items; what is there is moved aside. */
  | { readonly kind: 'restore'; readonly items: readonly string[]; readonly saveFirst: boolean }
  /** Nothing was kept, or it is too old to be used: what the other version wrote is moved aside, for these items. */
  | { readonly kind: 'moveAside'; readonly items: readonly string[]; readonly saveFirst: boolean }
  /** The data is saved, and migrated where its epoch is older. */
  | { readonly kind: 'forward'; readonly phase: StepPhase | null }
  /** The data is of a newer epoch, and nothing of the running release's was kept. */
  | { readonly kind: 'stranded' };

/** What becomes of the data of another release (contract section 3). */
export function decideData(situation: DataSituation): DataPlan {
  const { journal, running } = situation;
  if (journal === null) return { kind: 'adopt' };
  const { writer, step } = journal;
  if (step?.phase === 'undoing') return { kind: 'finishUndo' };
  if (writer.digest === running.digest) return { kind: step === null ? 'same' : 'undo' };
  return situation.isTrial ? onTrial(situation, writer) : committed(situation, writer);
}

/** An upgrade, or a trial of an older release. What the writer had is saved: the trial may fail. */
function onTrial(situation: DataSituation, writer: RanRelease): DataPlan {
  const { running, items } = situation;
  if (running.dataEpoch < writer.dataEpoch) return ownData(situation, { saveFirst: true });
  const isNewer = running.dataEpoch > writer.dataEpoch || running.epoch >= writer.epoch;
  if (isNewer) return forward(situation);
  return { kind: 'moveAside', items: stale(items, running, writer), saveFirst: true };
}

/** The running release was committed, and another one ran after it. */
function committed(situation: DataSituation, writer: RanRelease): DataPlan {
  const { running, items, committedElsewhere, kept } = situation;
  const isFallback = committedElsewhere !== writer.digest;
  if (isFallback && kept.has(running.digest)) {
    return { kind: 'restore', items: different(items, running, writer), saveFirst: false };
  }
  if (running.dataEpoch < writer.dataEpoch) return ownData(situation, { saveFirst: false });
  if (running.dataEpoch > writer.dataEpoch) return forward(situation);
  // What was saved before a release that was committed since is older than what its services know.
  if (!isFallback && running.epoch >= writer.epoch) return forward(situation);
  return { kind: 'moveAside', items: stale(items, running, writer), saveFirst: false };
}

function forward({ running, journal }: DataSituation): DataPlan {
  const step = journal?.step ?? null;
  return { kind: 'forward', phase: step?.to.digest === running.digest ? step.phase : null };
}

/** What is there cannot be read by the running release: only its own will do, whatever its age. */
function ownData(
  { running, items, kept }: DataSituation,
  { saveFirst }: { readonly saveFirst: boolean },
): DataPlan {
  if (!kept.has(running.digest)) return { kind: 'stranded' };
  return { kind: 'restore', items: items.map(({ name }) => name), saveFirst };
}

/** Not known to be the same version: to be put back where it was kept just before. */
function different(
  items: readonly StateItem[],
  running: RanRelease,
  writer: RanRelease,
): readonly string[] {
  const isSame = ({ name, version }: StateItem): boolean =>
    running.dataEpoch === writer.dataEpoch &&
    version !== undefined &&
    version === writer.items[name];
  return items.filter((item) => !isSame(item)).map(({ name }) => name);
}

function stale(
  items: readonly StateItem[],
  running: RanRelease,
  writer: RanRelease,
): readonly string[] {
  const names = different(items, running, writer);
  return items
    .filter(({ name, onRollback }) => onRollback === 'moveAside' && names.includes(name))
    .map(({ name }) => name);
}
