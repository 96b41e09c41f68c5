import type { LocatedNode, MapEntry, MapNode } from './located-node.ts';

/**
 * What `extends` means: maps merge key by key, at every depth; lists append, the base's items first; any
 * other value of `over` takes the place of the base's. Every value keeps the place where it was written.
 */
export function mergeNodes(base: LocatedNode, over: LocatedNode): LocatedNode {
  if (base.kind === 'map' && over.kind === 'map') return mergeMaps(base, over);
  if (base.kind === 'list' && over.kind === 'list') {
    return { ...over, items: [...base.items, ...over.items] };
  }
  return over;
}

function mergeMaps(base: MapNode, over: MapNode): MapNode {
  const entries = new Map<string, MapEntry>(base.entries);
  for (const [key, entry] of over.entries) {
    const inherited = base.entries.get(key);
    const value = inherited === undefined ? entry.value : mergeNodes(inherited.value, entry.value);
    entries.set(key, { key: entry.key, value });
  }
  return { ...over, entries };
}
