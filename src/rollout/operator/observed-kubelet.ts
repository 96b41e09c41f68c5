import { isOfNode } from '../api/observe-node.ts';
import type { NodeObject } from '../api/node-object.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * The kubelet that a release brings: as its manifest says it, which nodes know once they have prepared it, before
 * anything is drained; else as nodes show it that run it. Null before the first of them does.
 */
export function observedKubelet(
  { instances }: Pick<ClusterView, 'instances'>,
  nodes: readonly NodeObject[],
  digest: string,
): string | null {
  const pairs = nodes.flatMap((node) => {
    const instance = instances.get(node.metadata.name);
    return instance !== undefined && isOfNode(instance, node.metadata.uid)
      ? [{ node, status: instance.status }]
      : [];
  });
  const said = pairs.map(({ status }) => kubeletInSlots(status, digest));
  const shown = pairs.map((pair) => runningKubelet(pair, digest));
  return [...said, ...shown].find((version) => version !== null) ?? null;
}

function kubeletInSlots({ slots }: OsInstance['status'], digest: string): string | null {
  if (slots === undefined) return null;
  return [slots.A, slots.B].find((slot) => slot.digest === digest)?.kubelet ?? null;
}

interface Pair extends Pick<OsInstance, 'status'> {
  readonly node: NodeObject;
}

function runningKubelet({ node, status: { booted } }: Pair, digest: string): string | null {
  const { bootID, kubeletVersion } = node.status.nodeInfo;
  // What kubelet said in the boot before is the version of another release.
  const isShown = booted?.digest === digest && booted.bootId === bootID;
  return isShown && kubeletVersion !== '' ? kubeletVersion : null;
}
