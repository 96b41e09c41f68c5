import type { InvalidState } from '../api/conditions.ts';
import { observeNode } from '../api/observe-node.ts';
import { osName, type OsObject } from '../api/os-object.ts';
import { policyOf, readOsSpec, type AskedRollout } from '../api/rollout-policy.ts';
import { isSelected } from '../api/select-nodes.ts';
import { readWishes } from '../api/wishes.ts';
import type { NodeObject } from '../api/node-object.ts';
import { hasHeardOfHalt } from '../plan/decide-halt.ts';
import type { Fleet, FleetNode, TargetRelease } from '../plan/fleet.ts';
import type { ClusterView } from './cluster-view.ts';
import { failedBefore } from './failed-releases.ts';
import { observeHealth } from './observe-health.ts';
import { observeSettings, type ObservedSettings } from './observe-settings.ts';
import { observedKubelet } from './observed-kubelet.ts';
import { releaseBefore } from './release-before.ts';
import { courseOf, recordFor } from './rollout-record.ts';

/** An OS object that can be acted upon, with the nodes that it means. */
export interface ObservedRollout {
  readonly os: OsObject;
  readonly asked: AskedRollout;
  readonly target: TargetRelease;
  readonly fleet: Fleet;
  /** What ended in a failure until then is tried again; null where nobody has said so. */
  readonly retryMs: number | null;
  /** Annotations that say nothing that anybody understands. */
  readonly unknownWishes: readonly string[];
}

export type Observed =
  | ObservedRollout
  | ObservedSettings
  | {
      readonly os: OsObject;
      readonly invalid: InvalidState;
      /** Of which it has to be heard before it can be acted upon. */
      readonly nodes: readonly NodeObject[];
    };

/**
 * Every OS object, the oldest first: a node that two of them mean belongs to the older one, and the newer one is told
 * so, and touches nothing.
 */
export function observeRollouts(view: ClusterView, nowMs: number): readonly Observed[] {
  const taken = new Map<string, string>();
  return view.osObjects
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .toSorted(olderFirst)
    .map((os) => observe(view, os, { taken, nowMs }));
}

function olderFirst({ metadata: one }: OsObject, { metadata: other }: OsObject): number {
  const byAge = Date.parse(one.creationTimestamp) - Date.parse(other.creationTimestamp);
  return byAge === 0 ? one.uid.localeCompare(other.uid) : byAge;
}

interface Pass {
  /** Who means a node, by its name. */
  readonly taken: Map<string, string>;
  readonly nowMs: number;
}

function observe(view: ClusterView, os: OsObject, { taken, nowMs }: Pass): Observed {
  const { asked, faults = [] } = { asked: undefined, ...readOsSpec(os.spec) };
  if (asked === undefined) {
    const message = faults.map((fault) => `${fault.field}: ${fault.message}`).join('; ');
    return { os, invalid: { kind: 'invalid', reason: 'InvalidSpec', message }, nodes: [] };
  }
  const nodes = view.nodes.filter(({ metadata }) => isSelected(asked.spec, metadata.labels));
  const overlap = nodes.find(({ metadata }) => taken.has(metadata.name));
  if (overlap !== undefined) return { os, invalid: overlapping(overlap, taken), nodes: [] };
  for (const { metadata } of nodes) taken.set(metadata.name, osName(os));
  if (asked.spec.opstype === 'config') return settingsOf(view, { os, asked, nodes, nowMs });
  const target = asked.release ?? releaseBefore(view, { os, nodes, version: asked.spec.osversion });
  if ('invalid' in target) return { os, invalid: target.invalid, nodes };
  return rolloutOf(view, { os, asked, target, nodes, nowMs });
}

function settingsOf(
  view: ClusterView,
  { os, asked, nodes, nowMs }: Omit<Selected, 'target'>,
): Observed {
  const settings = asked.spec.sysconfigs;
  if (settings !== undefined && (settings.version ?? '') !== '') {
    return observeSettings(view, { os, asked, settings, nodes, nowMs });
  }
  const message =
    'spec.sysconfigs: opstype config needs them, with a version that changes with them';
  return { os, invalid: { kind: 'invalid', reason: 'InvalidSpec', message }, nodes: [] };
}

function overlapping({ metadata: { name } }: NodeObject, taken: Pass['taken']): InvalidState {
  const message = `node ${name} is meant by ${taken.get(name)} too, which is older: give one of them another selector`;
  return { kind: 'invalid', reason: 'OverlappingSelectors', message };
}

interface Selected extends Pick<ObservedRollout, 'os' | 'asked' | 'target'> {
  readonly nodes: readonly NodeObject[];
  readonly nowMs: number;
}

function rolloutOf(view: ClusterView, selected: Selected): ObservedRollout {
  const { os, asked, target, nodes, nowMs } = selected;
  const { digest } = target;
  const { annotations } = os.metadata;
  const said = readWishes(annotations, { digest, isPausedInSpec: asked.spec.paused });
  const { retryMs } = said;
  const record = recordFor(os.status, target, nowMs);
  const course = courseOf(record, retryMs);
  const fleetNodes = nodes.map((node) => {
    const name = node.metadata.name;
    const instance = view.instances.get(name) ?? null;
    const drain = view.drains.get(name) ?? NOT_LOOKED_AT;
    const unhealthy = observeHealth(view, { node, health: asked.spec.health, nowMs });
    const heardSinceMs = view.heardSinceMs.get(name) ?? null;
    const refused = view.refused.get(name) ?? null;
    const seen = { node, instance, digest, drain, unhealthy, heardSinceMs, refused };
    return forgiven(observeNode(seen), retryMs);
  });
  const { apiServerVersion, operatorNode } = view;
  return {
    ...{ os, asked, target, retryMs, unknownWishes: said.unknown },
    fleet: {
      ...{ nodes: fleetNodes, course, wishes: said.wishes, apiServerVersion, operatorNode },
      policy: policyOf(asked, { target, kubelet: observedKubelet(view, nodes, digest) }),
      halted: new Set(fleetNodes.some((node) => hasHeardOfHalt(node, digest)) ? [digest] : []),
      // What is gone back to has run here.
      failedBefore:
        asked.spec.opstype === 'rollback'
          ? null
          : failedBefore(view.osObjects, { digest, retryMs, begunAt: record.begunAt }),
    },
  };
}

const NOT_LOOKED_AT = { isDrained: false, blockedBy: null } as const;

/** How a node's run may end that is tried again when a person wants it; one of them is that a person took it back. */
const FORGIVABLE: ReadonlySet<string> = new Set([
  ...['failed', 'fell-back', 'quarantined', 'postponed', 'rolled-back'],
]);

function forgiven(node: FleetNode, retryMs: number | null): FleetNode {
  const { outcome } = node;
  if (retryMs === null || outcome === null || outcome.atMs >= retryMs) return node;
  const isForgiven = FORGIVABLE.has(outcome.kind) || node.isQuarantined;
  return isForgiven ? { ...node, outcome: null, isQuarantined: false } : node;
}
