import type { LocatedNode, MapNode } from './located-node.ts';

/**
 * A copy with the nodes at `path` changed, `*` standing for each item of a list. Where nothing stands at
 * the path, the node itself.
 */
export function changeNode(
  node: MapNode,
  path: readonly (string | number)[],
  change: (node: LocatedNode) => LocatedNode,
): MapNode {
  const changed = changedAt(node, path, change);
  return changed.kind === 'map' ? changed : node;
}

function changedAt(
  node: LocatedNode,
  path: readonly (string | number)[],
  change: (node: LocatedNode) => LocatedNode,
): LocatedNode {
  const [name, ...rest] = path;
  if (name === undefined) return change(node);
  if (node.kind === 'list') {
    const isMeant = (index: number): boolean => name === '*' || name === index;
    const items = node.items.map((item, index) =>
      isMeant(index) ? changedAt(item, rest, change) : item,
    );
    return { ...node, items };
  }
  const entry = node.kind === 'map' ? node.entries.get(String(name)) : undefined;
  if (node.kind !== 'map' || entry === undefined) return node;
  const value = changedAt(entry.value, rest, change);
  return { ...node, entries: new Map([...node.entries, [String(name), { ...entry, value }]]) };
}
