import { isOfNode } from '../api/observe-node.ts';
import type { NodeObject } from '../api/node-object.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * The kubelet that a release brings, as nodes show it that run the release: no manifest says it. Null before the first of
 * them does, so that nothing but the first nodes can meet one that does not fit.
 */
export function observedKubelet(
  { instances }: Pick<ClusterView, 'instances'>,
  nodes: readonly NodeObject[],
  digest: string,
): string | null {
  const showing = nodes.find(({ metadata, status: { nodeInfo } }) => {
    const instance = instances.get(metadata.name);
    if (instance === undefined || !isOfNode(instance, metadata.uid)) return false;
    const { booted } = instance.status;
    // What kubelet said in the boot before is the version of another release.
    return booted?.digest === digest && booted.bootId === nodeInfo.bootID;
  });
  const version = showing?.status.nodeInfo.kubeletVersion ?? '';
  return version === '' ? null : version;
}
