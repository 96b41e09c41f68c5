import type { DefinitionFault } from './definition-fault.ts';
import type { LocatedNode, MapEntry, MapNode, PropertyPath } from './located-node.ts';

/** What is left of a definition without its malformed parts, and the way back to the written paths. */
export interface CheckablePart {
  readonly node: MapNode;
  readonly pathBefore: (path: PropertyPath) => PropertyPath;
}

/**
 * Takes out what the schema refused: single items of top-level lists, otherwise the whole section. What
 * is left can be checked for its meaning, so that one run tells everything.
 */
export function checkablePart(node: MapNode, faults: readonly DefinitionFault[]): CheckablePart {
  const kept = new Map<string, readonly number[]>();
  const entries = new Map<string, MapEntry>();
  for (const [name, entry] of node.entries) {
    const own = faults.filter((fault) => fault.path[0] === name).map((fault) => fault.path[1]);
    const value = own.length === 0 ? entry.value : withoutItems(entry.value, own);
    if (value === undefined) continue;
    entries.set(name, { ...entry, value });
    if (own.length > 0) kept.set(name, keptIndexes(entry.value, own));
  }
  return { node: { ...node, entries }, pathBefore: (path) => pathBefore(path, kept) };
}

function withoutItems(
  node: LocatedNode,
  refused: readonly (string | number | undefined)[],
): LocatedNode | undefined {
  if (node.kind !== 'list' || refused.some((index) => typeof index !== 'number')) return undefined;
  return { ...node, items: node.items.filter((_, index) => !refused.includes(index)) };
}

function keptIndexes(
  node: LocatedNode,
  refused: readonly (string | number | undefined)[],
): readonly number[] {
  const items = node.kind === 'list' ? node.items : [];
  return items.map((_, index) => index).filter((index) => !refused.includes(index));
}

function pathBefore(
  path: PropertyPath,
  kept: ReadonlyMap<string, readonly number[]>,
): PropertyPath {
  const [name, index, ...rest] = path;
  const indexes = typeof name === 'string' ? kept.get(name) : undefined;
  const before = typeof index === 'number' ? indexes?.[index] : undefined;
  return name === undefined || before === undefined ? path : [name, before, ...rest];
}
