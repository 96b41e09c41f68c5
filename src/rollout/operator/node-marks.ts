import type { AppliedObject } from '../../kube/apply-object.ts';
import { CORDONED_BY, UPGRADING, type NodeObject } from '../api/node-object.ts';

/**
 * Of all that a rollout leaves on a node, whoever of operator and proxy writes it: what one of them has set, even one that is gone,
 * the other can give up.
 */
export const MARKS_MANAGER = 'kubeos-operator';

export interface Marks {
  readonly isMarked?: boolean;
  /** Uid of the OS object; null or none leaves no cordon of ours. */
  readonly cordonedBy?: string | null;
}

/** All that we have of a node: what is not named here is given up by this very write. */
export function markedNode(
  { name, uid }: Pick<NodeObject['metadata'], 'name' | 'uid'>,
  { isMarked = false, cordonedBy }: Marks,
): AppliedObject {
  const isCordoned = cordonedBy != null;
  return {
    ...{ apiVersion: 'v1', kind: 'Node' },
    metadata: {
      // An apply makes what is not there: a machine that has just been removed would come back as a ghost.
      ...{ name, uid },
      ...(isMarked && { labels: { [UPGRADING]: '' } }),
      ...(isCordoned && { annotations: { [CORDONED_BY]: cordonedBy } }),
    },
    ...(isCordoned && { spec: { unschedulable: true } }),
  };
}
