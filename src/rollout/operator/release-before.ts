import type { InvalidState } from '../api/conditions.ts';
import type { NodeObject } from '../api/node-object.ts';
import { isOfNode } from '../api/observe-node.ts';
import type { OsObject } from '../api/os-object.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { TargetRelease } from '../plan/fleet.ts';
import type { ClusterView } from './cluster-view.ts';

interface AskedBack {
  readonly os: OsObject;
  readonly nodes: readonly NodeObject[];
  readonly version: string;
}

/**
 * The release that nodes go back to where an OS object (`opstype: rollback`) names its version alone, as KubeOS's do: what
 * of that version they run or have in the other slot, recorded good. Once found it stays, whatever nodes say later.
 */
export function releaseBefore(
  { instances }: Pick<ClusterView, 'instances'>,
  { os, nodes, version }: AskedBack,
): TargetRelease | { readonly invalid: InvalidState } {
  const { rollout } = os.status;
  if (rollout?.version === version) return { version, digest: rollout.digest };
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

/** Nodes may say anything. */
const DIGEST = /^sha256:[0-9a-f]{64}$/;

function releasesOn({ status: { booted, slots } }: OsInstance): readonly TargetRelease[] {
  const good =
    slots === undefined ? [] : [slots.A, slots.B].filter(({ state }) => state === 'good');
  const all = [...(booted === null ? [] : [booted]), ...good];
  return all.filter(({ digest }) => DIGEST.test(digest));
}
