import { osName, type OsObject } from '../api/os-object.ts';
import type { OsInstance } from '../api/os-instance.ts';
import { readOsSpec } from '../api/rollout-policy.ts';
import { isSelected } from '../api/select-nodes.ts';
import type { SshNode } from './ssh-node.ts';

export interface Served {
  readonly os: OsObject;
  readonly nodes: readonly SshNode[];
  /** By the name of the node. */
  readonly instances: ReadonlyMap<string, OsInstance>;
  /** Names of nodes on which a proxy runs. */
  readonly proxied: ReadonlySet<string>;
}

/** Nodes without a proxy that the object means, or has begun something on. */
export function servedNodes({ os, nodes, instances, proxied }: Served): readonly SshNode[] {
  const { asked } = { asked: undefined, ...readOsSpec(os.spec) };
  return nodes.filter(({ metadata: { name, labels } }) => {
    if (proxied.has(name)) return false;
    const isMeant = asked !== undefined && isSelected(asked.spec, labels);
    return isMeant || isBegunBy(os, instances.get(name));
  });
}

export function isBegunBy(os: OsObject, instance: OsInstance | undefined): boolean {
  const { run = null, namespacedname = null } = instance?.spec ?? {};
  if (run === null || namespacedname === null) return false;
  return `${namespacedname.namespace}/${namespacedname.name}` === osName(os);
}
