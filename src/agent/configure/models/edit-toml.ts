import { locateToml, type TomlTable } from './locate-toml.ts';
import type { Path } from './value-path.ts';

/**
 * A text in which a value (as TOML writes it) stands at a path, with everything else as it was, comments and order too. What
 * it cannot do it does wrongly: the caller compares what the text says then with what it should say.
 */
export function tomlWith(text: string, path: Path, written: string): string {
  const tables = locateToml(text);
  const pair = pairAt(tables, path);
  if (pair !== undefined) return splice(text, [pair.valueStart, pair.valueEnd], written);
  const parent = path.slice(0, -1);
  const table = tables.find((one) => !one.isArray && isSame(one.path, parent));
  const line = `${nameOf(path.at(-1) ?? '')} = ${written}\n`;
  if (table === undefined) {
    return `${ended(text)}\n[${parent.map(nameOf).join('.')}]\n${line}`;
  }
  const at = table.pairs.at(-1)?.end ?? table.headerEnd;
  const indent = indentOf(text, table);
  return `${ended(text.slice(0, at))}${indent}${line}${text.slice(at)}`;
}

/** The same, without the pair at the path. */
export function tomlWithout(text: string, path: Path): string {
  const pair = pairAt(locateToml(text), path);
  return pair === undefined ? text : splice(text, [pair.start, pair.end], '');
}

function pairAt(tables: readonly TomlTable[], path: Path) {
  return tables
    .filter(({ isArray }) => !isArray)
    .flatMap(({ pairs }) => pairs)
    .find((pair) => isSame(pair.path, path));
}

const isSame = (one: Path, other: Path): boolean =>
  one.length === other.length && one.every((name, index) => name === other[index]);

/** containerd indents what is in a table. */
function indentOf(text: string, { pairs }: TomlTable): string {
  const [first] = pairs;
  return first === undefined ? '' : (/^[ \t]*/.exec(text.slice(first.start))?.[0] ?? '');
}

const nameOf = (name: string): string =>
  /^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name);

const ended = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);

const splice = (text: string, [from, to]: readonly [number, number], instead: string): string =>
  `${text.slice(0, from)}${instead}${text.slice(to)}`;
