import type { InvalidState } from '../api/conditions.ts';
import type { NodeObject } from '../api/node-object.ts';
import { isOfNode } from '../api/observe-node.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { TargetRelease } from '../plan/fleet.ts';
import type { ClusterView } from './cluster-view.ts';

/**
 * The release that nodes go back to where an OS object (`opstype: rollback`) names its version alone, as KubeOS's do: what
 * of that version they run or have in the other slot, recorded good.
 */
export function releaseBefore(
  { instances }: Pick<ClusterView, 'instances'>,
  nodes: readonly NodeObject[],
  version: string,
): TargetRelease | { readonly invalid: InvalidState } {
  const digests = new Set(
    nodes.flatMap(({ metadata: { name, uid } }) => {
      const instance = instances.get(name);
      if (instance === undefined || !isOfNode(instance, uid)) return [];
      return releasesOn(instance)
        .filter((release) => release.version === version)
        .map(({ digest }) => digest);
    }),
  );
  const [digest, ...others] = digests;
  if (digest !== undefined && others.length === 0) return { version, digest };
  const message =
    digest === undefined
      ? `spec.osversion: no node has ${version} in its other slot: name a release by spec.release`
      : `spec.osversion: nodes have ${digests.size} releases ${version}: name one by spec.release (${version}@${digest})`;
  return { invalid: { kind: 'invalid', reason: 'InvalidSpec', message } };
}

function releasesOn({ status: { booted, slots } }: OsInstance): readonly TargetRelease[] {
  const good =
    slots === undefined ? [] : [slots.A, slots.B].filter(({ state }) => state === 'good');
  return [...(booted === null ? [] : [booted]), ...good];
}
