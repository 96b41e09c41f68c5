import type { z } from 'zod';
import { checkDefinition } from './check-definition.ts';
import { checkableSchema } from './checkable-definition.ts';
import { checkablePart } from './checkable-part.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { expectationMap, faultsOfZod } from './faults-of-zod.ts';
import {
  nodeAt,
  valueOf,
  type MapNode,
  type PropertyPath,
  type ScalarNode,
} from './located-node.ts';
import { definitionSchema, type ImageDefinition } from './schema.ts';
import { textWhereExpected } from './text-where-expected.ts';

export interface ParsedDefinition {
  /** Missing where the form is wrong. */
  readonly definition: ImageDefinition | undefined;
  /** What was parsed. */
  readonly node: MapNode;
  readonly faults: readonly DefinitionFault[];
}

/**
 * Checks the form of a definition, and the meaning of all that is well-formed. Of one whose base could not
 * be read, only what was written is told: the rest may stand there.
 */
export function parseDefinition(written: MapNode, isComplete: boolean): ParsedDefinition {
  const node = textWhereExpected(written, parse(written).issues, isOverride);
  const { definition, issues } = parse(node);
  const stillWrong = pathsOf(parse(textWhereExpected(node, issues, () => true)).issues);
  const faults = faultsOfZod(issues, {
    node,
    isMendedByQuotes: (path) => !stillWrong.has(textOf(path)),
  });
  if (isComplete) return { definition, node, faults: [...faults, ...meaningFaults(node, faults)] };
  return {
    definition,
    node,
    faults: faults.filter(({ path }) => nodeAt(node, path) !== undefined),
  };
}

function isOverride(node: ScalarNode): boolean {
  return node.place.file.startsWith('--set ');
}

function pathsOf(issues: readonly z.core.$ZodIssue[]): ReadonlySet<string> {
  return new Set(issues.map((issue) => textOf(issue.path)));
}

function textOf(path: readonly PropertyKey[]): string {
  return path.map(String).join('\n');
}

interface Parsed {
  readonly definition: ImageDefinition | undefined;
  readonly issues: readonly z.core.$ZodIssue[];
}

function parse(node: MapNode): Parsed {
  const result = definitionSchema.safeParse(valueOf(node), { error: expectationMap });
  return { definition: result.data, issues: result.error?.issues ?? [] };
}

function meaningFaults(
  node: MapNode,
  formFaults: readonly DefinitionFault[],
): readonly DefinitionFault[] {
  const part = checkablePart(node, formFaults);
  const checkable = checkableSchema.safeParse(valueOf(part.node));
  if (!checkable.success) return [];
  const malformed = new Set(formFaults.map((fault) => fault.path[0]));
  return (
    checkDefinition(checkable.data)
      // Of a section that lost a part, nothing can be said as a whole: the kernel may be what was misspelt.
      .filter(({ path }) => path.length > 1 || !malformed.has(path[0]))
      .map((fault) => withPathsBefore(fault, part.pathBefore))
  );
}

function withPathsBefore(
  fault: DefinitionFault,
  pathBefore: (path: PropertyPath) => PropertyPath,
): DefinitionFault {
  const { path, other } = fault;
  if (other === undefined) return { ...fault, path: pathBefore(path) };
  return { ...fault, path: pathBefore(path), other: { ...other, path: pathBefore(other.path) } };
}
