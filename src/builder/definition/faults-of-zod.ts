import { z } from 'zod';
import type { DefinitionFault } from './definition-fault.ts';
import { describeFound, oneOf } from './describe-value.ts';
import { nodeAt, type PropertyPath } from './located-node.ts';
import { choiceFault, valueFault, type ParsedValue } from './value-fault.ts';
import { unknownKey } from './unknown-key.ts';

type Issue = z.core.$ZodIssue;

/**
 * Tells zod to leave a message empty where the schema says nothing itself, and to list the keys or types
 * that would have been known, one a line. So any other message is ours: what the schema expects, in words.
 */
export function expectationMap(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'unrecognized_keys') return knownKeys(issue.inst).join('\n');
  const types = knownTypes(issue.inst);
  if (issue.code === 'invalid_union') return types.join('\n');
  const isNoMap = issue.code === 'invalid_type' && types.length > 0;
  return isNoMap ? `a map with type (${oneOf(types)}) and the keys of that type` : '';
}

/** zod's issues as sentences. */
export function faultsOfZod(issues: readonly Issue[], parsed: ParsedValue): DefinitionFault[] {
  return issues.flatMap((issue) => faultsOf(issue, parsed));
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

function faultsOf(issue: Issue, parsed: ParsedValue): DefinitionFault[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey([...path, key], issue.message.split('\n')));
    case 'invalid_union':
      return unionFaults(issue, path, parsed);
    default:
      return [valueFault(issue, path, parsed)];
  }
}

function unionFaults(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: PropertyPath,
  parsed: ParsedValue,
): DefinitionFault[] {
  const found = nodeAt(parsed.node, path);
  if (issue.discriminator !== undefined) {
    return [choiceFault(path, issue.message.split('\n'), found)];
  }
  const branches = issue.errors.map((errors) =>
    errors.map((error) => ({ ...error, path: [...path, ...error.path] })),
  );
  const entered = branches.filter((errors) => errors.every((error) => !refusesKind(error, path)));
  if (entered.length === 1) return faultsOfZod(entered[0] ?? [], parsed);
  const refusals = branches.flatMap((errors) => faultsOfZod(errors, parsed));
  const advice = refusals.find((fault) => fault.suggestion?.startsWith('did you mean'))?.suggestion;
  return [
    {
      ...{ path, message: `${describeFound(found, path)} is not valid` },
      found: describeFound(found, path),
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
