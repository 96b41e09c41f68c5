import { hash } from 'node:crypto';
import type { StagedFleet, StagedNode } from './staged-fleet.ts';

/**
 * In which order nodes are begun: workers before control planes, the operator's own node last, and else in an order that
 * is another one for each release, so that not always the same nodes are the first to meet a new one.
 */
export function orderNodes(
  { policy, operatorNode }: StagedFleet,
  nodes: readonly StagedNode[],
): readonly StagedNode[] {
  const keyOf = ({ uid, name, isControlPlane }: StagedNode): string => {
    const rank = name === operatorNode ? 2 : isControlPlane ? 1 : 0;
    return `${rank} ${hash('sha256', `${uid} ${policy.target.digest}`)}`;
  };
  const keys = new Map(nodes.map((node) => [node, keyOf(node)] as const));
  return nodes.toSorted((one, other) => {
    const [left = '', right = ''] = [keys.get(one), keys.get(other)];
    return left < right ? -1 : 1;
  });
}
