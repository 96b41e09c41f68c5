import { z } from 'zod';
import type { DefinitionFault } from './definition-fault.ts';
import { describeFound } from './describe-value.ts';
import { nodeAt, type LocatedNode, type PropertyPath } from './located-node.ts';
import { choiceFault, valueFault } from './value-fault.ts';
import { unknownKey } from './unknown-key.ts';

type Issue = z.core.$ZodIssue;

/**
 * Tells zod to leave a message empty where the schema says nothing itself, and to list the keys or types
 * that would have been known, one a line. So any other message is ours: what the schema expects, in words.
 */
export function expectationMap(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'unrecognized_keys') return knownKeys(issue.inst).join('\n');
  return issue.code === 'invalid_union' ? knownTypes(issue.inst).join('\n') : '';
}

/** zod's issues as sentences. `node` is what was parsed: it says how a value was written. */
export function faultsOfZod(issues: readonly Issue[], node: LocatedNode): DefinitionFault[] {
  return issues.flatMap((issue) => faultsOf(issue, node));
}

function knownKeys(inst: unknown): readonly string[] {
  if (inst instanceof z.ZodObject) return Object.keys(inst.def.shape);
  const keys: unknown = inst instanceof z.ZodRecord ? inst.keyType : undefined;
  return keys instanceof z.ZodEnum ? keys.options.map(String) : [];
}

function knownTypes(inst: unknown): readonly string[] {
  if (!(inst instanceof z.ZodDiscriminatedUnion)) return [];
  const { discriminator, options } = inst.def;
  return options.flatMap((option) => {
    const type: unknown = option instanceof z.ZodObject ? option.shape[discriminator] : undefined;
    return type instanceof z.ZodLiteral ? [...type.values].map(String) : [];
  });
}

function faultsOf(issue: Issue, node: LocatedNode): DefinitionFault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], issue.message.split('\n')));
    case 'invalid_union':
      return unionFaults(issue, path, node);
    default:
      return [valueFault(issue, path, nodeAt(node, path))];
  }
}

function unionFaults(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: PropertyPath,
  node: LocatedNode,
): DefinitionFault[] {
  const found = nodeAt(node, path);
  if (issue.discriminator !== undefined) {
    return [choiceFault(path, issue.message.split('\n'), found)];
  }
  const branches = issue.errors.map((errors) =>
    errors.map((error) => ({ ...error, path: [...path, ...error.path] })),
  );
  const entered = branches.filter((errors) => errors.every((error) => !refusesKind(error, path)));
  if (entered.length === 1) return faultsOfZod(entered[0] ?? [], node);
  const refusals = branches.flatMap((errors) => faultsOfZod(errors, node));
  const advice = refusals.find((fault) => fault.suggestion?.startsWith('did you mean'))?.suggestion;
  return [
    {
      ...{ path, message: `${describeFound(found, path)} is not valid` },
      expected: refusals.map((fault) => fault.expected?.replace(/^one of /, '')).join(' or '),
      ...(advice === undefined ? {} : { suggestion: advice }),
    },
  ];
}

/** The value is of another kind than this branch of the union takes. */
function refusesKind(issue: Issue, path: PropertyPath): boolean {
  const isHere = issue.path.length === path.length;
  return isHere && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}
