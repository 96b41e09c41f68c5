/** One `key = value` of a TOML text, by its whole path, or the header of a table. */
export interface TomlPair {
  readonly path: readonly string[];
  /** Of its line. */
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Behind the end of its last line. */
  readonly end: number;
}

export interface TomlTable {
  readonly path: readonly string[];
  /** `[[…]]`: what is in it has no single path. */
  readonly isArray: boolean;
  readonly pairs: readonly TomlPair[];
  /** Behind its header; 0 for the top. */
  readonly headerEnd: number;
}

/** Tables and pairs of a text that a TOML parser has read (TOML 1.0); what is inside of values is passed over. */
export function locateToml(text: string): readonly TomlTable[] {
  const tables: (TomlTable & { pairs: TomlPair[] })[] = [
    { path: [], isArray: false, pairs: [], headerEnd: 0 },
  ];
  for (let at = skipBlank(text, 0); at < text.length; at = skipBlank(text, at)) {
    const table = tables.at(-1);
    if (text[at] === '[') {
      const isArray = text[at + 1] === '[';
      const { path, end } = readKey(text, at + (isArray ? 2 : 1));
      at = lineEnd(text, end);
      tables.push({ path, isArray, pairs: [], headerEnd: at });
    } else if (table !== undefined) {
      const pair = readPair(text, at, table.path);
      table.pairs.push(pair);
      at = pair.end;
    }
  }
  return tables;
}

const BLANK = /(?:[ \t\r\n]|#[^\n]*)*/y;
const KEY_PART = /[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))[ \t]*(\.)?/y;
/** Strings of any kind, brackets, comments, and the rest; the long ones first. */
const VALUE_TOKEN =
  /"""(?:[^\\]|\\[^])*?"{3,5}|'''[^]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[[\]{}]|#[^\n]*|\n|[^"'[\]{}#\n]+/y;

function skipBlank(text: string, at: number): number {
  BLANK.lastIndex = at;
  return BLANK.test(text) ? BLANK.lastIndex : at;
}

function readKey(text: string, at: number): { path: string[]; end: number } {
  const path: string[] = [];
  for (let position = at; ;) {
    KEY_PART.lastIndex = position;
    const part = KEY_PART.exec(text);
    if (part === null) return { path, end: position };
    const [, basic, literal, bare, dot] = part;
    path.push(basic === undefined ? (literal ?? bare ?? '') : unescaped(basic));
    position = KEY_PART.lastIndex;
    if (dot === undefined) return { path, end: position };
  }
}

/** Escapes that JSON does not know stay as they are: such a name is never one that is looked for. */
function unescaped(name: string): string {
  try {
    return String(JSON.parse(`"${name}"`));
  } catch {
    return `"${name}"`;
  }
}

function readPair(text: string, start: number, table: readonly string[]): TomlPair {
  const { path, end: keyEnd } = readKey(text, start);
  const equals = text.indexOf('=', keyEnd);
  const valueStart = equals + 1 + (/^[ \t]*/.exec(text.slice(equals + 1))?.[0].length ?? 0);
  const valueEnd = endOfValue(text, valueStart);
  return {
    ...{ path: [...table, ...path], start: text.lastIndexOf('\n', start) + 1 },
    ...{ valueStart, valueEnd, end: lineEnd(text, valueEnd) },
  };
}

/** A value ends with its line, except inside of brackets. */
function endOfValue(text: string, start: number): number {
  let depth = 0;
  let end = start;
  for (VALUE_TOKEN.lastIndex = start; ;) {
    const token = VALUE_TOKEN.exec(text)?.[0];
    if (token === undefined) return end;
    if (depth === 0 && (token === '\n' || token.startsWith('#'))) return end;
    if ('[{'.includes(token)) depth += 1;
    if (']}'.includes(token)) depth -= 1;
    if (token.trim() !== '') end = VALUE_TOKEN.lastIndex - (token.length - token.trimEnd().length);
  }
}

function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end + 1;
}
