import { isOfNode } from '../api/observe-node.ts';
import type { NodeObject } from '../api/node-object.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { OsSpec } from '../api/os-spec.ts';
import { decideHealth, needsPods, type HealthCheck } from '../health/decide-health.ts';
import type { ClusterView } from './cluster-view.ts';

interface Asked {
  readonly node: NodeObject;
  readonly health: Pick<OsSpec['health'], 'readySeconds' | 'checks'>;
  readonly nowMs: number;
}

/** What a node that is back from its restart does not show yet, for people; null for nothing, and for any other node. */
export function observeHealth(
  view: Pick<ClusterView, 'instances' | 'returned'>,
  { node, health: { checks, readySeconds }, nowMs }: Asked,
): string | null {
  const { name } = node.metadata;
  const daemonSets = shownBefore(node, view.instances.get(name));
  if (daemonSets === null) return null;
  const seen = view.returned.get(name) ?? null;
  return decideHealth({ daemonSets, checks, readySeconds }, { node, seen, nowMs });
}

/** Nodes of which somebody has to look at the pods, because they have to show some. */
export function nodesToLookAt(
  { nodes, instances }: Pick<ClusterView, 'nodes' | 'instances'>,
  checksOf: (node: string) => readonly HealthCheck[],
): ReadonlySet<string> {
  const names = nodes.flatMap((node) => {
    const { name } = node.metadata;
    const daemonSets = shownBefore(node, instances.get(name));
    return daemonSets !== null && needsPods({ daemonSets, checks: checksOf(name) }) ? [name] : [];
  });
  return new Set(names);
}

/** DaemonSets of which it showed a Ready pod before; null where it is not back in a new boot of its target. */
function shownBefore(
  { metadata: { uid } }: NodeObject,
  instance: OsInstance | undefined,
): readonly string[] | null {
  if (instance === undefined || !isOfNode(instance, uid)) return null;
  const { run } = instance.spec;
  const { booted } = instance.status;
  // Let switch, or switched by somebody before its turn.
  if (run === null || booted === null || booted.bootId === run.bootId) return null;
  return booted.digest === run.target.digest ? (run.daemonSets ?? []) : null;
}
