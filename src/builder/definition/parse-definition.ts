import type { z } from 'zod';
import { checkDefinition } from './check-definition.ts';
import { checkableSchema } from './checkable-definition.ts';
import { checkablePart } from './checkable-part.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { expectationMap, faultsOfZod } from './faults-of-zod.ts';
import { valueOf, type MapNode, type PropertyPath } from './located-node.ts';
import { definitionSchema, type ImageDefinition } from './schema.ts';
import { textWhereExpected } from './text-where-expected.ts';

export interface ParsedDefinition {
  /** Missing where the form is wrong. */
  readonly definition: ImageDefinition | undefined;
  /** What was parsed. */
  readonly node: MapNode;
  readonly faults: readonly DefinitionFault[];
}

/** Checks the form of a definition, and the meaning of all that is well-formed. */
export function parseDefinition(written: MapNode): ParsedDefinition {
  const node = textWhereExpected(written, parse(written).issues);
  const { definition, issues } = parse(node);
  const faults = faultsOfZod(issues, node);
  return { definition, node, faults: [...faults, ...meaningFaults(node, faults)] };
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
