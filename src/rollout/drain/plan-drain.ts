import { MAX_MESSAGE, shorten } from '../api/shorten.ts';
import { judgePod, type DrainView, type Judgement } from './judge-pod.ts';
import { isFinished, podName, type Pod } from './pod.ts';

/** A drain at one moment. */
export interface DrainState {
  /** Of the node, as listed just now. */
  readonly pods: readonly Pod[];
  readonly view: DrainView;
  /** Attached to the node, and of no pod that stays. */
  readonly volumes: readonly string[];
  /** What was answered last for each pod, by uid. */
  readonly asked: ReadonlyMap<string, Asked>;
  /** When the drain began. */
  readonly sinceMs: number;
  readonly nowMs: number;
}

/** Set where an eviction was tried and did not come to its end. */
export interface Asked {
  readonly because: string;
  /** Not before; null where it is not tried again. */
  readonly againMs: number | null;
}

export interface DrainPlan {
  /** To be evicted now: all of one group, of which none is more important than another's. */
  readonly evict: readonly Pod[];
  /** To be deleted now: nothing else has ended them in the time that they were given. */
  readonly force: readonly Pod[];
  /** When the next of them is due; null for none. */
  readonly forceMs: number | null;
  /** What is still there and has to go, and why it has not yet. */
  readonly left: readonly Blocked[];
  readonly isDrained: boolean;
}

export type Blocked = BlockedPod | BlockedVolume;

interface BlockedPod {
  readonly pod: string;
  readonly uid: string;
  readonly because: string;
  readonly remedy: string | null;
}

interface BlockedVolume {
  readonly volume: string;
  readonly because: string;
  readonly remedy: null;
}

/**
 * Level-triggered: asked again for each new list of pods, whatever became of the last answer. Less important pods go
 * first, and those with volumes after others of their group: what they depend on is then the last to go.
 */
export function planDrain(state: DrainState): DrainPlan {
  const judged = state.pods.map((pod) => ({ pod, judgement: judgePod(pod, state.view) }));
  const going = judged.filter(({ judgement }) => judgement.kind !== 'leave');
  const evictable = going.flatMap(({ pod, judgement }) =>
    judgement.kind === 'evict' ? [{ pod, dueMs: dueOf(judgement.forceAfterMs, state) }] : [],
  );
  const force = evictable.filter(({ dueMs }) => dueMs <= state.nowMs).map(({ pod }) => pod);
  const later = evictable.filter(({ dueMs }) => dueMs > state.nowMs);
  const [group = []] = groups(later.map(({ pod }) => pod));
  const nextMs = Math.min(...later.map(({ dueMs }) => dueMs));
  const left = going.map(({ pod, judgement }) => blockedBy(pod, judgement, state));
  // As long as a pod uses them nobody can detach them.
  const volumes = going.length === 0 ? state.volumes.map(stillAttached) : [];
  return {
    ...{ force, forceMs: Number.isFinite(nextMs) ? nextMs : null },
    evict: group.filter((pod) => mayAsk(pod, state)),
    left: [...left, ...volumes],
    isDrained: left.length + volumes.length === 0,
  };
}

/** Pods that are there for as long as the node is, with what they use. */
export const stayingPods = ({ pods, view }: Pick<DrainState, 'pods' | 'view'>): readonly Pod[] =>
  pods.filter((pod) => judgePod(pod, view).kind === 'leave' && !isFinished(pod));

/** A budget that is not free now may be free soon: nobody tells. */
export const MOST_MS = 30_000;

/** When to look at the latest, should nothing change until then. */
export function nextLookMs(
  { asked, nowMs }: Pick<DrainState, 'asked' | 'nowMs'>,
  forceMs: number | null = null,
): number {
  const again = [forceMs, ...[...asked.values()].map(({ againMs }) => againMs)].flatMap(
    (ms) => ms ?? [],
  );
  // What was due before belongs to a pod that is ending, or gone.
  return Math.min(...again.filter((ms) => ms > nowMs), nowMs + MOST_MS);
}

function mayAsk({ metadata: { uid } }: Pod, { asked, nowMs }: DrainState): boolean {
  const before = asked.get(uid);
  if (before === undefined) return true;
  return before.againMs !== null && nowMs >= before.againMs;
}

/** System pods have priorities from two billion on (scheduling.k8s.io/v1). */
const CRITICAL = 2_000_000_000;

function groups(pods: readonly Pod[]): readonly (readonly Pod[])[] {
  const byRank = Map.groupBy(pods, rankOf);
  return [...byRank].toSorted(([one], [other]) => one - other).map(([, group]) => group);
}

function rankOf({ spec: { priority, volumes } }: Pod): number {
  const hasStorage = volumes.some((volume) => volume.persistentVolumeClaim !== undefined);
  return (priority >= CRITICAL ? 2 : 0) + (hasStorage ? 1 : 0);
}

const dueOf = (forceAfterMs: number | null, { sinceMs }: DrainState): number =>
  forceAfterMs === null ? Infinity : sinceMs + forceAfterMs;

/** Elsewhere they cannot be attached until they have left, whatever becomes of this node. */
const stillAttached = (volume: string): BlockedVolume => ({
  ...{ volume, because: 'is still attached to the node', remedy: null },
});

function blockedBy(pod: Pod, judgement: Judgement, { asked }: DrainState): BlockedPod {
  const named = { pod: podName(pod), uid: pod.metadata.uid };
  if (judgement.kind === 'block') {
    return { ...named, because: judgement.because, remedy: judgement.remedy };
  }
  if (judgement.kind !== 'evict') return { ...named, because: judgement.because, remedy: null };
  const before = asked.get(pod.metadata.uid);
  return { ...named, because: before?.because ?? 'is to be evicted', remedy: null };
}

/** The first thing that keeps a node from being drained, in one line. */
export function firstOf(left: readonly Blocked[]): string | null {
  const [first] = left;
  if (first === undefined) return null;
  const more = left.length === 1 ? '' : ` (and ${left.length - 1} more)`;
  const what = 'pod' in first ? `pod ${first.pod}` : `volume ${first.volume}`;
  // It is written into objects, and a webhook that refuses an eviction may say it at any length.
  return `${what} ${shorten(first.because, MAX_MESSAGE / 2)}${more}`;
}
