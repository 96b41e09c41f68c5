import type { z } from 'zod';
import { changeNode } from './change-node.ts';
import type { LocatedNode, MapNode, ScalarNode } from './located-node.ts';

/**
 * Takes words that should be text as they were written. `--set version=1.10` means the text "1.10", because
 * a shell strips quotes; in a file it stays an error, because other YAML readers would see a number.
 */
export function textWhereExpected(
  node: MapNode,
  issues: readonly z.core.$ZodIssue[],
  isMeant: (node: ScalarNode) => boolean,
): MapNode {
  const asWritten = (found: LocatedNode): LocatedNode =>
    found.kind === 'scalar' && isMeant(found) ? { ...found, value: found.text } : found;
  return issues.reduce<MapNode>((result, issue) => {
    if (issue.code !== 'invalid_type' || issue.expected !== 'string') return result;
    const path = issue.path.filter((part) => typeof part !== 'symbol');
    return changeNode(result, path, asWritten);
  }, node);
}
