import { locateYaml, type YamlEntry, type YamlNode } from './locate-yaml.ts';
import type { Path } from './value-path.ts';
import type { SettingValue } from '../settings.ts';

/**
 * A text in which a value stands at a path, with everything else as it was, comments and order too. What it cannot do it
 * does wrongly: the caller compares what the text says then with what it should say.
 */
export function yamlWith(text: string, path: Path, value: SettingValue): string {
  const root = locateYaml(text);
  const { node, depth, entry } = deepest(root, path);
  const rest = path.slice(depth);
  if (rest.length === 0 && entry !== null) return replaced(text, entry, JSON.stringify(value));
  if (node.entries === null) {
    const nested = flowOf(rest, value);
    return entry === null ? `${text}${blockOf(rest, value, '')}` : replaced(text, entry, nested);
  }
  if (!node.isFlow) return addedToBlock(text, node, { rest, value });
  const inner = flowOf(rest, value).slice(1, -1);
  const comma = node.entries.size === 0 ? '' : ', ';
  return splice(text, [node.start + 1, node.start + 1], `${inner}${comma}`);
}

/** The same, without what stands at the path. */
export function yamlWithout(text: string, path: Path): string {
  const { node: parent, entry: parentEntry } = deepest(locateYaml(text), path.slice(0, -1));
  const entry = parent.entries?.get(path.at(-1) ?? '');
  if (entry === undefined || parent.entries === null) return text;
  if (parent.entries.size === 1 && parentEntry !== null) return replaced(text, parentEntry, '{}');
  if (parent.isFlow) return withoutInFlow(text, [...parent.entries.values()], entry);
  const from = text.lastIndexOf('\n', entry.keyStart) + 1;
  return splice(text, [from, lineEnd(text, lastOf(entry))], '');
}

interface Deepest {
  readonly node: YamlNode;
  /** So many parts of the path are there. */
  readonly depth: number;
  /** What holds the node; null at the top. */
  readonly entry: YamlEntry | null;
}

const NOTHING: YamlNode = { start: -1, end: -1, isFlow: false, entries: null };

function deepest(root: YamlNode | null, path: Path): Deepest {
  let found: Deepest = { node: root ?? NOTHING, depth: 0, entry: null };
  for (const name of path) {
    const entry = found.node.entries?.get(name);
    if (entry === undefined) return found;
    found = { node: entry.value, depth: found.depth + 1, entry };
  }
  return found;
}

/** The value of an entry with another in its place; a comment behind it on its line stays. */
function replaced(text: string, { keyEnd, value }: YamlEntry, written: string): string {
  const colon = text.indexOf(':', keyEnd);
  if (value.start < 0) return splice(text, [colon + 1, colon + 1], ` ${written}`);
  const hasLineOfItsOwn = text.slice(colon, value.start).includes('\n') || !value.isFlow;
  if (!hasLineOfItsOwn) return splice(text, [value.start, value.end], written);
  const end = trimmedEnd(text, value);
  return splice(text, [colon + 1, end], ` ${written}`);
}

interface Addition {
  readonly rest: Path;
  readonly value: SettingValue;
}

function addedToBlock(text: string, node: YamlNode, { rest, value }: Addition): string {
  const last = [...(node.entries?.values() ?? [])].at(-1);
  if (last === undefined) return text;
  const indent = ' '.repeat(last.keyStart - text.lastIndexOf('\n', last.keyStart) - 1);
  const at = lineEnd(text, lastOf(last));
  const before = text.slice(0, at);
  const gap = before.endsWith('\n') ? '' : '\n';
  return `${before}${gap}${blockOf(rest, value, indent)}${text.slice(at)}`;
}

function withoutInFlow(text: string, entries: readonly YamlEntry[], entry: YamlEntry): string {
  const index = entries.indexOf(entry);
  const next = entries[index + 1];
  if (next !== undefined) return splice(text, [entry.keyStart, next.keyStart], '');
  const previous = entries[index - 1];
  const from = previous === undefined ? entry.keyStart : lastOf(previous);
  return splice(text, [from, lastOf(entry)], '');
}

function blockOf([name, ...rest]: Path, value: SettingValue, indent: string): string {
  const key = `${indent}${nameOf(name ?? '')}:`;
  if (rest.length === 0) return `${key} ${JSON.stringify(value)}\n`;
  return `${key}\n${blockOf(rest, value, `${indent}  `)}`;
}

const flowOf = (path: Path, value: SettingValue): string =>
  path.reduceRight((inner, name) => `{${nameOf(name)}: ${inner}}`, JSON.stringify(value));

/** Names such as `on` or `1` would be something else without quotes; those with a letter, a "." and no more are plain. */
const nameOf = (name: string): string =>
  /^[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9]+)*$/.test(name) &&
  !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(name)
    ? name
    : JSON.stringify(name);

const lastOf = ({ keyEnd, value }: YamlEntry): number => Math.max(keyEnd, value.end);

/** A block scalar's range includes the ends of its lines. */
function trimmedEnd(text: string, { end }: YamlNode): number {
  return text.slice(0, end).trimEnd().length;
}

function lineEnd(text: string, from: number): number {
  // A block scalar ends behind its line already.
  if (text[from - 1] === '\n') return from;
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}

const splice = (text: string, [from, to]: readonly [number, number], instead: string): string =>
  `${text.slice(0, from)}${instead}${text.slice(to)}`;
