import type { z } from 'zod';
import type { LocatedNode, MapNode, PropertyPath } from './located-node.ts';

/**
 * `--set version=1.10` means the text "1.10": a shell strips quotes, so that a word on the command line
 * that should be text is taken as it was written. In files it stays an error, because other YAML readers
 * would see a number.
 */
export function textWhereExpected(node: MapNode, issues: readonly z.core.$ZodIssue[]): MapNode {
  return issues.reduce<MapNode>((result, issue) => {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string') return result;
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    const changed = asText(result, path);
    return changed?.kind === 'map' ? changed : result;
  }, node);
}

function asText(node: LocatedNode | undefined, path: PropertyPath): LocatedNode | undefined {
  const [name, ...rest] = path;
  if (node === undefined) return undefined;
  if (name === undefined) {
    const isOverride = node.place.file.startsWith('--set ');
    return node.kind === 'scalar' && isOverride ? { ...node, value: node.text } : node;
  }
  if (node.kind === 'list' && typeof name === 'number') {
    const item = asText(node.items[name], rest);
    return item === undefined ? node : { ...node, items: node.items.with(name, item) };
  }
  const entry = node.kind === 'map' ? node.entries.get(String(name)) : undefined;
  const value = asText(entry?.value, rest);
  if (node.kind !== 'map' || entry === undefined || value === undefined) return node;
  return { ...node, entries: new Map([...node.entries, [String(name), { ...entry, value }]]) };
}
