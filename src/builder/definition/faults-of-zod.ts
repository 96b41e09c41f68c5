import { z } from 'zod';
import { closestWord } from './closest-word.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { describeFound, oneOf, quoted } from './describe-value.ts';
import { keyAdvice } from './key-advice.ts';
import { nodeAt, type LocatedNode, type PropertyPath } from './located-node.ts';

type Issue = z.core.$ZodIssue;

const KINDS: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map of keys'],
  ['record', 'a map of keys'],
]);

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

function valueFault(
  issue: Issue,
  path: PropertyPath,
  found: LocatedNode | undefined,
): DefinitionFault {
  switch (issue.code) {
    case 'invalid_value':
      return choiceFault(path, issue.values.map(String), found);
    case 'invalid_key':
      return invalidKey(path, issue.issues[0]?.message ?? '');
    case 'too_small':
    case 'too_big':
      return rangeFault(issue, path, found);
    case 'custom':
      return { path, message: issue.message };
    case 'invalid_type':
      return typeFault(path, issue.message || (KINDS.get(issue.expected) ?? ''), found);
    default:
      return invalidText(path, issue.message, found);
  }
}

function unknownKey(path: PropertyPath, known: readonly string[]): DefinitionFault {
  const key = String(path.at(-1));
  const meant = closestWord(key, known);
  const advice = keyAdvice(path) ?? (meant === undefined ? undefined : `did you mean "${meant}"?`);
  // A long list of keys helps nobody who only mistyped one of them.
  const isListed = known.length <= 8 || advice === undefined;
  return {
    path,
    message: `unknown key ${quoted(key)}`,
    at: 'key',
    ...(isListed ? { expected: oneOf(known) } : {}),
    ...(advice === undefined ? {} : { suggestion: advice }),
  };
}

function invalidKey(path: PropertyPath, expected: string): DefinitionFault {
  return {
    path,
    message: `the key ${quoted(String(path.at(-1)))} is not valid`,
    expected,
    at: 'key',
  };
}

function invalidText(
  path: PropertyPath,
  expected: string,
  found: LocatedNode | undefined,
): DefinitionFault {
  return { path, message: `${describeFound(found, path)} is not valid`, expected };
}

function choiceFault(
  path: PropertyPath,
  values: readonly string[],
  found: LocatedNode | undefined,
): DefinitionFault {
  if (found === undefined) return { path, message: 'this key is missing', expected: oneOf(values) };
  const written = found.kind === 'scalar' ? found.text : '';
  const meant = closestWord(written, values);
  return {
    ...{ path, message: `${describeFound(found, path)} is not known here` },
    expected: oneOf(values),
    ...(meant === undefined ? {} : { suggestion: `did you mean "${meant}"?` }),
  };
}

function typeFault(
  path: PropertyPath,
  expected: string,
  found: LocatedNode | undefined,
): DefinitionFault {
  if (found === undefined) return { path, message: 'this key is missing', expected };
  const suggestion = remedyFor(expected, found);
  return {
    ...{ path, message: `${describeFound(found, path)} is not valid`, expected },
    ...(suggestion === undefined ? {} : { suggestion }),
  };
}

function remedyFor(expected: string, found: LocatedNode): string | undefined {
  if (found.kind === 'scalar' && found.value === null && found.text === '') {
    return 'write a value, or remove the key';
  }
  if (found.kind === 'scalar' && expected === 'a list') return `write [${found.text}]`;
  const isBareWord = found.kind === 'scalar' && typeof found.value !== 'string';
  if (!isBareWord || /^a (?:list|map|whole number|number)|^true/.test(expected)) return undefined;
  return `write "${found.text}" with the quotes, or YAML reads it as a ${typeof found.value}`;
}

function rangeFault(
  issue: Extract<Issue, { code: 'too_small' | 'too_big' }>,
  path: PropertyPath,
  found: LocatedNode | undefined,
): DefinitionFault {
  const isSmall = issue.code === 'too_small';
  if (issue.origin === 'array')
    return { path, message: 'the list is empty', expected: 'one item or more' };
  if (issue.origin === 'string')
    return { path, message: 'the text is empty', expected: 'some text' };
  const bound = isSmall ? `${issue.minimum} or more` : `${issue.maximum} or less`;
  return { path, message: `${describeFound(found, path)} is not valid`, expected: bound };
}

function unionFaults(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: PropertyPath,
  node: LocatedNode,
): DefinitionFault[] {
  const found = nodeAt(node, path);
  if (issue.discriminator !== undefined)
    return [choiceFault(path, issue.message.split('\n'), found)];
  const branches = issue.errors.map((errors) =>
    errors.map((error) => ({ ...error, path: [...path, ...error.path] })),
  );
  const entered = branches.filter((errors) => errors.every((error) => !refusesKind(error, path)));
  if (entered.length === 1) return faultsOfZod(entered[0] ?? [], node);
  const refusals = branches.flatMap((errors) => faultsOfZod(errors, node));
  const suggestion = refusals.find((fault) =>
    fault.suggestion?.startsWith('did you mean'),
  )?.suggestion;
  return [
    {
      ...{ path, message: `${describeFound(found, path)} is not valid` },
      expected: refusals.map((fault) => fault.expected?.replace(/^one of /, '')).join(' or '),
      ...(suggestion === undefined ? {} : { suggestion }),
    },
  ];
}

/** The value is of another kind than this branch of the union takes. */
function refusesKind(issue: Issue, path: PropertyPath): boolean {
  const isHere = issue.path.length === path.length;
  return isHere && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}
