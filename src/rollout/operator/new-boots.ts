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
      const bootId = instance === undefined ? null : newBootOf(instance, status.nodeInfo.bootID);
      if (bootId === null) continue;
      const before = this.#heard.get(metadata.name);
      heard.set(metadata.name, before?.bootId === bootId ? before : { bootId, sinceMs: nowMs });
    }
    this.#heard = heard;
    return new Map([...heard].map(([name, { sinceMs }]) => [name, sinceMs]));
  }
}

/** Who was switched by hand may have said so before its kubelet does: the time counts anew when that is heard. */
function newBootOf({ spec, status: { booted } }: OsInstance, kubelet: string): string | null {
  const { run } = spec;
  if (run === null) return null;
  if (run.allowed === 'activate') return kubelet === run.bootId ? null : kubelet;
  const isThere = booted?.digest === run.target.digest && booted.bootId !== run.bootId;
  return isThere ? `${booted.bootId} ${kubelet}` : null;
}
