import type { z } from 'zod';
import { meantWord } from './meant-word.ts';
import type { DefinitionFault } from './definition-fault.ts';
import { describeFound, oneOf, quoted } from './describe-value.ts';
import { nodeAt, type LocatedNode, type PropertyPath } from './located-node.ts';

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

/** What the schema was given. */
export interface ParsedValue {
  readonly node: LocatedNode;
  /** Whether the value at the path would be right if it were written in quotes. */
  readonly isMendedByQuotes: (path: PropertyPath) => boolean;
}

/** One value that the schema does not take, as a sentence. */
export function valueFault(issue: Issue, path: PropertyPath, parsed: ParsedValue): DefinitionFault {
  const found = nodeAt(parsed.node, path);
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
      return typeFault(issue, path, parsed);
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
  const meant = meantWord(found.kind === 'scalar' ? found.text : '', words);
  return {
    ...invalidValue(path, expected, found),
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
  const what = describeFound(found, path);
  return { path, message: `${what} is not valid`, found: what, expected };
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
  parsed: ParsedValue,
): DefinitionFault {
  const found = nodeAt(parsed.node, path);
  const kind = KINDS.get(issue.expected) ?? issue.expected;
  const expected = issue.message === '' ? kind : issue.message;
  if (found === undefined) return { path, message: missing(path), expected };
  const remedy = remedyFor(issue.expected, found, parsed.isMendedByQuotes(path));
  return {
    ...invalidValue(path, expected, found),
    ...(remedy === undefined ? {} : { suggestion: remedy }),
  };
}

function remedyFor(
  kind: string,
  found: LocatedNode,
  isMendedByQuotes: boolean,
): string | undefined {
  if (found.kind !== 'scalar') return undefined;
  if (found.text === '') return 'write a value, or remove the key';
  if (kind === 'array') return `write [${found.text.split(/\s+/).join(', ')}]`;
  if (kind !== 'string' || !isMendedByQuotes) return undefined;
  return `write "${found.text}" with the quotes; without them YAML reads a ${typeof found.value}`;
}
