import type { z } from 'zod';
import { changeNode } from './change-node.ts';
import type { LocatedNode, MapNode } from './located-node.ts';

/**
 * `--set version=1.10` means the text "1.10": a shell strips quotes, so that a word on the command line
 * that should be text is taken as it was written. In files it stays an error, because other YAML readers
 * would see a number.
 */
export function textWhereExpected(node: MapNode, issues: readonly z.core.$ZodIssue[]): MapNode {
  return issues.reduce<MapNode>((result, issue) => {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string') return result;
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    return changeNode(result, path, asWritten);
  }, node);
}

function asWritten(node: LocatedNode): LocatedNode {
  const isOverride = node.place.file.startsWith('--set ');
  return node.kind === 'scalar' && isOverride ? { ...node, value: node.text } : node;
}
