import type { StagedFleet, StagedNode } from './staged-fleet.ts';

/**
 * In which order nodes are begun: workers before control planes, the operator's own node last, and else in an order that
 * is another one for each release, so that not always the same nodes are the first to meet a new one.
 */
export function orderNodes(
  { policy, operatorNode }: StagedFleet,
  nodes: readonly StagedNode[],
): readonly StagedNode[] {
  const seed = scatter(policy.target.digest, 0);
  return nodes
    .map((node) => ({
      node,
      place: rankOf(node, operatorNode) * 2 ** 32 + scatter(node.uid, seed),
    }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ node }) => node);
}

function rankOf({ name, isControlPlane }: StagedNode, operatorNode: string | null): number {
  if (name === operatorNode) return 2;
  return isControlPlane ? 1 : 0;
}

/**
 * A number of 32 bits for a text: FNV-1a (draft-eastlake-fnv), then the last step of MurmurHash3, without which texts that
 * end alike would stay together. Every pass asks it of every node, so it is no digest.
 */
function scatter(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
