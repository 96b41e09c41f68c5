import type { OsObject } from '../api/os-object.ts';
import { gatesOf } from '../client/gates-of.ts';
import type { ClusterView } from '../operator/cluster-view.ts';
import {
  observeRollouts,
  type Observed,
  type ObservedRollout,
} from '../operator/observe-rollouts.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { stageFleet } from '../plan/staged-fleet.ts';
import { estimateLeft, type TimeLeft } from './estimate-left.ts';
import { nodeProgress, settingsProgress, type NodeProgress } from './node-progress.ts';
import { wavesOf, type WaveProgress } from './wave-progress.ts';

/** All of a rollout that is shown while somebody waits for it. */
export interface RolloutProgress {
  readonly os: OsObject;
  /** Of the selection; null where the caller may not read nodes. */
  readonly nodes: readonly NodeProgress[] | null;
  readonly waves: readonly WaveProgress[];
  readonly left: TimeLeft | null;
}

/** What the object alone says. */
export const withoutNodes = (os: OsObject): RolloutProgress => ({
  ...{ os, nodes: null, waves: [], left: null },
});

/** Each node as the operator's own planner sees it. */
export function observeProgress(
  os: OsObject,
  view: Omit<ClusterView, 'osObjects'>,
  nowMs: number,
): RolloutProgress {
  const [observed] = observeRollouts({ ...view, osObjects: [os] }, nowMs);
  return observed === undefined ? withoutNodes(os) : progressOf(observed, view, nowMs);
}

function progressOf(
  observed: Observed,
  view: Omit<ClusterView, 'osObjects'>,
  nowMs: number,
): RolloutProgress {
  const { os } = observed;
  if ('fleet' in observed) return ofRelease(observed, view, nowMs);
  if (!('settings' in observed)) return { ...withoutNodes(os), nodes: [] };
  return { ...withoutNodes(os), nodes: observed.nodes.map(settingsProgress).toSorted(byName) };
}

function ofRelease(
  { os, fleet }: ObservedRollout,
  { instances }: Pick<ClusterView, 'instances'>,
  nowMs: number,
): RolloutProgress {
  const staged = stageFleet(fleet, nowMs);
  const gates = gatesOf(planRollout(fleet, nowMs).waiting, os);
  const nodes = staged.nodes.map((node) => {
    return nodeProgress(node, instances.get(node.name) ?? null, gates(node.name));
  });
  return {
    ...{ os, nodes: nodes.toSorted(byName), waves: wavesOf(staged), left: estimateLeft(staged) },
  };
}

/** As people count: n2 before n10. Locale-aware comparison of ten thousand names takes a second; one collator does not. */
const { compare } = new Intl.Collator('en', { numeric: true });
const byName = (one: NodeProgress, other: NodeProgress): number => compare(one.name, other.name);
