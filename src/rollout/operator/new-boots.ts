import type { OsInstance } from '../api/os-instance.ts';
import type { ClusterView } from './cluster-view.ts';

interface Heard {
  readonly bootId: string;
  readonly sinceMs: number;
}

/**
 * Since when kubelet is heard in the new boot of a node that was let switch, or that somebody has switched. A machine that is back before the cluster misses it
 * (40 or 50 s, node-monitor-grace-period of the controller manager) keeps the time at which it became Ready once, so that alone
 * does not say for how long it is. An operator that ends forgets it, and its nodes are looked at for a little longer.
 */
export class NewBoots {
  #heard: ReadonlyMap<string, Heard> = new Map();

  heardSinceMs(
    { nodes, instances }: Pick<ClusterView, 'nodes' | 'instances'>,
    nowMs: number,
  ): ReadonlyMap<string, number> {
    const heard = new Map<string, Heard>();
    for (const { metadata, status } of nodes) {
      const instance = instances.get(metadata.name);
      const { bootID: bootId } = status.nodeInfo;
      if (instance === undefined || !isSwitched(instance, bootId)) continue;
      const before = this.#heard.get(metadata.name);
      heard.set(metadata.name, before?.bootId === bootId ? before : { bootId, sinceMs: nowMs });
    }
    this.#heard = heard;
    return new Map([...heard].map(([name, { sinceMs }]) => [name, sinceMs]));
  }
}

function isSwitched({ spec: { run }, status: { booted } }: OsInstance, bootId: string): boolean {
  if (run === null || run.bootId === bootId) return false;
  return run.allowed === 'activate' || booted?.digest === run.target.digest;
}
