import type { z } from 'zod';
import { closestWord } from './closest-word.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { describeFound, oneOf, quoted } from './describe-value.ts';
import type { LocatedNode, PropertyPath } from './located-node.ts';

type Issue = z.core.$ZodIssue;
type Found = LocatedNode | undefined;

const KINDS: ReadonlyMap<string, string> = new Map([
  ['string', 'text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['object', 'a map of keys'],
  ['record', 'a map of keys'],
]);

/** One value that the schema does not take, as a sentence. */
export function valueFault(issue: Issue, path: PropertyPath, found: Found): DefinitionFault {
  switch (issue.code) {
    case 'invalid_value':
      if (issue.message !== '') return invalidValue(path, issue.message, found);
      return choiceFault(path, issue.values.map(String), found);
    case 'invalid_key':
      return invalidKey(path, issue.issues[0]?.message ?? '');
    case 'too_small':
      return tooSmall(issue, path, found);
    case 'too_big':
      return invalidValue(path, `${issue.maximum} or less`, found);
    case 'custom':
      return { path, message: issue.message };
    case 'invalid_type':
      return typeFault(issue, path, found);
    default:
      return invalidValue(path, issue.message, found);
  }
}

/** A value that is none of a few words. */
export function choiceFault(
  path: PropertyPath,
  words: readonly string[],
  found: Found,
): DefinitionFault {
  const expected = oneOf(words);
  if (found === undefined) return { path, message: missing(path), expected };
  const meant = closestWord(found.kind === 'scalar' ? found.text : '', words);
  return {
    ...{ path, message: `${describeFound(found, path)} is not valid`, expected },
    ...(meant === undefined ? {} : { suggestion: `did you mean "${meant}"?` }),
  };
}

function missing(path: PropertyPath): string {
  return `the key ${quoted(String(path.at(-1)))} is missing`;
}

function invalidKey(path: PropertyPath, expected: string): DefinitionFault {
  const message = `the key ${quoted(String(path.at(-1)))} is not valid`;
  return { path, message, expected, at: 'key' };
}

function invalidValue(path: PropertyPath, expected: string, found: Found): DefinitionFault {
  return { path, message: `${describeFound(found, path)} is not valid`, expected };
}

function tooSmall(
  issue: Extract<Issue, { code: 'too_small' }>,
  path: PropertyPath,
  found: Found,
): DefinitionFault {
  if (issue.origin !== 'array') return invalidValue(path, `${issue.minimum} or more`, found);
  return { path, message: 'the list is empty', expected: 'one item or more' };
}

function typeFault(
  issue: Extract<Issue, { code: 'invalid_type' }>,
  path: PropertyPath,
  found: Found,
): DefinitionFault {
  const kind = KINDS.get(issue.expected) ?? issue.expected;
  const expected = issue.message === '' ? kind : issue.message;
  if (found === undefined) return { path, message: missing(path), expected };
  const remedy = remedyFor(issue.expected, found);
  return {
    ...invalidValue(path, expected, found),
    ...(remedy === undefined ? {} : { suggestion: remedy }),
  };
}

function remedyFor(kind: string, found: LocatedNode): string | undefined {
  if (found.kind !== 'scalar') return undefined;
  if (found.text === '') return 'write a value, or remove the key';
  if (kind === 'array') return `write [${found.text}]`;
  if (kind !== 'string' || found.value === null) return undefined;
  return `write "${found.text}" with the quotes; without them YAML reads a ${typeof found.value}`;
}
