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
  let shown: string | null = null;
  for (const node of nodes) {
    const instance = instances.get(node.metadata.name);
    if (instance === undefined || !isOfNode(instance, node.metadata.uid)) continue;
    const said = kubeletInSlots(instance.status, digest);
    if (said !== null) return said;
    shown ??= runningKubelet(node, instance.status, digest);
  }
  return shown;
}

function kubeletInSlots({ slots }: OsInstance['status'], digest: string): string | null {
  if (slots === undefined) return null;
  return [slots.A, slots.B].find((slot) => slot.digest === digest)?.kubelet ?? null;
}

function runningKubelet(
  { status: { nodeInfo } }: NodeObject,
  { booted }: OsInstance['status'],
  digest: string,
): string | null {
  // What kubelet said in the boot before is the version of another release.
  const isShown = booted?.digest === digest && booted.bootId === nodeInfo.bootID;
  return isShown && nodeInfo.kubeletVersion !== '' ? nodeInfo.kubeletVersion : null;
}
