import { KUBELET_VERSION } from '../../release/manifest.ts';
import { isOfNode } from '../api/observe-node.ts';
import type { NodeObject } from '../api/node-object.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { ClusterView } from './cluster-view.ts';

/** The kubelet that a release brings, and the node that says so. */
export interface ObservedKubelet {
  readonly version: string;
  readonly saidBy: string;
}

/**
 * The kubelet that a release brings: as its nodes show it that run the release; else as its manifest says it, which nodes
 * know once they have prepared it for their run, before anything is drained. Null before the first of them does.
 */
export function observedKubelet(
  { instances }: Pick<ClusterView, 'instances'>,
  nodes: readonly NodeObject[],
  digest: string,
): ObservedKubelet | null {
  let said: ObservedKubelet | null = null;
  for (const node of nodes) {
    const { name: saidBy, uid } = node.metadata;
    const instance = instances.get(saidBy);
    if (instance === undefined || !isOfNode(instance, uid)) continue;
    const shown = runningKubelet(node, instance.status, digest);
    if (shown !== null) return { version: shown, saidBy };
    const version = preparedKubelet(instance, digest);
    if (version !== null) said ??= { version, saidBy };
  }
  return said;
}

/** Nobody has asked the others what they have in their slots. */
function preparedKubelet({ spec, status: { slots } }: OsInstance, digest: string): string | null {
  if (spec.run?.target.digest !== digest || slots === undefined) return null;
  const kubelet = [slots.A, slots.B].find((slot) => slot.digest === digest)?.kubelet ?? '';
  return KUBELET_VERSION.test(kubelet) ? kubelet : null;
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
