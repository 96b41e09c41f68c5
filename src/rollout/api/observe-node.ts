import type { FleetNode, NodeOutcome, NodeRun, ReportedPhase } from '../plan/fleet.ts';
import { isCordonOfOperator, ZONE, type NodeObject } from './node-object.ts';
import type { OsInstance } from './os-instance.ts';
import { CONTROL_PLANE } from './select-nodes.ts';

/** What was observed of one node, besides its objects. */
export interface Observation {
  readonly node: NodeObject;
  /** Null where no proxy has made one yet. */
  readonly instance: OsInstance | null;
  /** Of the release that it asks for. */
  readonly digest: string;
  readonly drain: { readonly isDrained: boolean; readonly blockedBy: string | null };
  /** What it does not show yet in its new boot. */
  readonly unhealthy: string | null;
  /** Since when kubelet is heard in the new boot, on the way back from a switch; null on no such way. */
  readonly heardSinceMs: number | null;
  /** Why the API server takes no write for it. */
  readonly refused: string | null;
}

/**
 * One node as the planner sees it: from objects to data. Of thousands of nodes few have changed since the pass before, so what
 * was observed of the same is taken again.
 */
export function observeNode(observation: Observation): FleetNode {
  const before = OBSERVED.get(observation.node);
  if (before !== undefined && isSame(before.observation, observation)) return before.found;
  const found = nodeOf(observation);
  OBSERVED.set(observation.node, { observation, found });
  return found;
}

interface Observed {
  readonly observation: Observation;
  readonly found: FleetNode;
}

/** Objects are never changed: what a watch tells is another one. */
const OBSERVED = new WeakMap<NodeObject, Observed>();

const isSame = (one: Observation, other: Observation): boolean =>
  one.instance === other.instance &&
  one.digest === other.digest &&
  one.drain.isDrained === other.drain.isDrained &&
  one.drain.blockedBy === other.drain.blockedBy &&
  one.unhealthy === other.unhealthy &&
  one.heardSinceMs === other.heardSinceMs &&
  one.refused === other.refused;

function nodeOf(observation: Observation): FleetNode {
  const { node, instance, digest } = observation;
  const { name, uid, labels, creationTimestamp } = node.metadata;
  const own = instance !== null && isOfNode(instance, uid) ? instance : null;
  return {
    ...{
      name,
      uid,
      zone: labels[ZONE] ?? null,
      isControlPlane: Object.hasOwn(labels, CONTROL_PLANE),
    },
    createdMs: Date.parse(creationTimestamp),
    ...readiness(observation),
    kubeletBootId: node.status.nodeInfo.bootID,
    isCordoned: node.spec.unschedulable,
    isCordonOurs: isCordonOfOperator(node),
    isQuarantined: isLeft(own?.spec.outcome ?? null),
    isArmed: own !== null && isArmed(own),
    booted: own === null ? null : bootedOf(own),
    refused: observation.refused,
    run: own === null ? null : runOf(own, observation),
    outcome: own === null ? null : outcomeOf(own, digest),
  };
}

/** A machine that was made anew under its name has nothing to do with what the one before went through. */
export const isOfNode = ({ spec: { nodeUid } }: OsInstance, uid: string): boolean =>
  nodeUid === undefined || nodeUid === uid;

const isLeft = (outcome: OsInstance['spec']['outcome']): boolean =>
  outcome !== null && (outcome.kind === 'quarantined' || outcome.quarantined === true);

/** A restart that is over before the cluster misses it, or after which kubelet is not well, changes nothing of the condition. */
function readiness({ node, heardSinceMs }: Observation): Readiness {
  const { isReady, readySinceMs } = readinessOf(node);
  return { isReady, readySinceMs: Math.max(readySinceMs, heardSinceMs ?? 0) };
}

type Readiness = Pick<FleetNode, 'isReady' | 'readySinceMs'>;

/** As its condition says it. */
export function readinessOf({ status }: NodeObject): Readiness {
  const ready = status.conditions.find(({ type }) => type === 'Ready');
  // A node that has never said so is not Ready, and nobody knows since when.
  if (ready?.lastTransitionTime == null) return { isReady: false, readySinceMs: 0 };
  return { isReady: ready.status === 'True', readySinceMs: Date.parse(ready.lastTransitionTime) };
}

function bootedOf({ status: { booted, slots } }: OsInstance): FleetNode['booted'] {
  if (booted === null) return null;
  const { slot, digest, bootId } = booted;
  return { digest, bootId, isOnTrial: slots?.[slot].state === 'trial' };
}

function isArmed({ status: { booted, slots } }: OsInstance): boolean {
  const standby = booted?.slot === 'A' ? 'B' : 'A';
  return booted !== null && slots?.[standby].state === 'trial';
}

function runOf({ spec, status }: OsInstance, { drain, unhealthy }: Observation): NodeRun | null {
  if (spec.run === null) return null;
  const { target, from, kind, allowed, since, bootId, commitIn = null, id } = spec.run;
  return {
    ...{ target, from, kind, allowed, bootId, commitIn },
    since: {
      prepare: Date.parse(since.prepare),
      ...(since.drain !== undefined && { drain: Date.parse(since.drain) }),
      ...(since.activate !== undefined && { activate: Date.parse(since.activate) }),
    },
    reported: status.run?.id === id ? reportedOf(status.run) : { phase: 'preparing' },
    isDrainedByProxy: spec.run.drain !== undefined,
    isDrained: allowed !== 'prepare' && drain.isDrained,
    blockedBy: allowed === 'prepare' ? null : drain.blockedBy,
    unhealthy,
  };
}

function reportedOf({
  phase,
  code,
  message,
}: NonNullable<OsInstance['status']['run']>): ReportedPhase {
  return phase === 'failed' || phase === 'fell-back' ? { phase, code, message } : { phase };
}

function outcomeOf({ spec: { outcome } }: OsInstance, digest: string): NodeOutcome | null {
  if (outcome === null || outcome.digest !== digest) return null;
  const { kind, run, at, from, attempts, message } = outcome;
  return { kind, run, from, attempts, message, atMs: Date.parse(at) };
}
