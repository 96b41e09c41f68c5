import { observeNode } from '../api/observe-node.ts';
import { policyOf, readOsSpec } from '../api/rollout-policy.ts';
import type { Fleet } from '../plan/fleet.ts';
import type { ClusterView } from './cluster-view.ts';
import { observeHealth } from './observe-health.ts';

/**
 * Nodes that no OS object means any more, and that still have a run or a cordon of ours: their object was deleted, or
 * they have other labels now. What has begun is brought to its end, as of an aborted rollout; nothing else is begun. One that was
 * left cordoned for somebody to look at it stays so.
 */
export function observeLeft(view: ClusterView, meant: ReadonlySet<string>, nowMs: number): Fleet {
  const { nodes, instances, drains, apiServerVersion, operatorNode } = view;
  const left = nodes
    .filter(({ metadata }) => !meant.has(metadata.name))
    .map((node) => {
      const { name } = node.metadata;
      const drain = drains.get(name) ?? { isDrained: false, blockedBy: null };
      const instance = instances.get(name) ?? null;
      const unhealthy = observeHealth(view, { node, health: HEALTH, nowMs });
      const heardSinceMs = view.heardSinceMs.get(name) ?? null;
      const refused = view.refused.get(name) ?? null;
      const seen = { node, instance, digest: '', drain, unhealthy, heardSinceMs, refused };
      return observeNode(seen);
    })
    .filter(
      ({ run, isCordonOurs, isQuarantined }) => run !== null || (isCordonOurs && !isQuarantined),
    );
  return {
    ...{ nodes: left, apiServerVersion, operatorNode, halted: new Set(), failedBefore: null },
    policy: { ...POLICY, withControlPlane: true },
    course: { startedMs: 0, waves: [], halted: null, measured: { drainMs: [], switchMs: [] } },
    wishes: { paused: null, approvedWaves: 0, aborted: true, rollback: false },
  };
}

/** Nobody asks for checks any more; what it showed before it still has to show. */
const HEALTH = { readySeconds: 0, checks: [] };

const NOTHING = { version: 'no release', digest: '' };

const POLICY = (() => {
  const spec = { opstype: 'rollback', imagetype: 'disk', osversion: NOTHING.version };
  const { asked } = { asked: undefined, ...readOsSpec(spec) };
  if (asked === undefined) throw new Error('an empty OS object is not taken');
  return policyOf(asked, { target: NOTHING, kubelet: null });
})();
