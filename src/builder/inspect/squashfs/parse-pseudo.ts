import { decodeName, type FileNode, type NodeKind } from '../tree/file-node.ts';

/** Where the data begin: unsquashfs writes this between the definitions and the contents of the files. */
const DATA_MARK = '#\n# START OF DATA - DO NOT MODIFY\n#\n';

const LETTERS: ReadonlyMap<string, NodeKind> = new Map([
  ['D', 'directory'],
  ['C', 'character-device'],
  ['B', 'block-device'],
  ['If', 'fifo'],
  ['Is', 'socket'],
]);

/** A name, in which a backslash takes the next character as it is, a letter, and what that letter asks for. */
const DEFINITION = /^((?:\\[^]|[^\\ \n])+) ([A-Za-z]) (.*)$/gm;

/**
 * The paths in a pseudo file as `unsquashfs -pf` writes it: one line for each path, then all contents in a row
 * (squashfs-tools, README-4.5 "Pseudo files"; extended attributes since 4.6).
 *
 * @param head as much of the file as holds all definitions
 * @returns undefined when the head ends before the data begin
 */
export function parsePseudo(head: Buffer, file: string): FileNode[] | undefined {
  const end = head.indexOf(DATA_MARK);
  if (end === -1) return undefined;
  const data = { file, position: end + DATA_MARK.length };
  const nodes = new Map<string, FileNode>();
  // One letter is one byte, so that escapes can be taken out before bytes become text.
  for (const match of head.toString('latin1', 0, end).matchAll(DEFINITION)) {
    const [, name = '', letter = '', rest = ''] = match;
    const node = nodeOf({ path: pathOf(name), letter, rest }, nodes, data);
    if (node !== undefined) nodes.set(node.path, node);
  }
  return [...nodes.values()];
}

interface DataPlace {
  readonly file: string;
  readonly position: number;
}

interface Definition {
  readonly path: string;
  readonly letter: string;
  readonly rest: string;
}

function nodeOf(
  definition: Definition,
  earlier: ReadonlyMap<string, FileNode>,
  data: DataPlace,
): FileNode | undefined {
  const { path, letter, rest } = definition;
  if (letter === 'L') {
    const original = earlier.get(pathOf(rest));
    return original === undefined ? undefined : { ...original, path };
  }
  if (letter === 'x') {
    const known = earlier.get(path);
    if (known === undefined) return undefined;
    return { ...known, attributes: new Map([...(known.attributes ?? []), attributeOf(rest)]) };
  }
  return ownNode(definition, data);
}

/** `time mode uid gid`, then for a file its size and place in the data, for a link its target as it is. */
const PROPERTIES = /^\d+ ([0-7]+) (\d+) (\d+) ?(.*)$/;

function ownNode({ path, letter, rest }: Definition, data: DataPlace): FileNode | undefined {
  const match = PROPERTIES.exec(rest);
  if (match === null) return undefined;
  const [, mode = '', uid = '', gid = '', last = ''] = match;
  const owner = { mode: Number.parseInt(mode, 8), uid: Number(uid), gid: Number(gid) };
  const node = { path, ...owner, size: 0, target: null, content: null, attributes: null };
  if (letter === 'R') return { ...node, kind: 'file', ...fileOf(last, data) };
  if (letter === 'S') return { ...node, kind: 'link', size: last.length, target: textOf(last) };
  const kind = LETTERS.get(letter === 'I' ? `I${last}` : letter);
  return kind === undefined ? undefined : { ...node, kind };
}

function fileOf(last: string, data: DataPlace): Pick<FileNode, 'size' | 'content'> {
  const [size = 0, place = 0] = last.split(' ').map(Number);
  const runs = size === 0 ? [] : [{ position: data.position + place, length: size }];
  return { size, content: { file: data.file, runs } };
}

function pathOf(name: string): string {
  const text = textOf(name.replaceAll(/\\([^])/g, '$1'));
  return text.startsWith('/') ? text : `/${text}`;
}

/** `name=value`; the value is text with octal escapes, or after "0s" base64, or after "0x" hex (mksquashfs -help). */
function attributeOf(text: string): [string, string] {
  const equals = text.indexOf('=');
  const [name, value] = [text.slice(0, equals), text.slice(equals + 1)];
  const rest = value.slice(2);
  if (/^0x/i.test(value)) return [name, rest.toLowerCase()];
  if (/^0s/i.test(value)) return [name, Buffer.from(rest, 'base64').toString('hex')];
  const plain = (/^0t/i.test(value) ? rest : value).replaceAll(
    /\\([0-7]{3})/g,
    (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)),
  );
  return [name, Buffer.from(plain, 'latin1').toString('hex')];
}

const textOf = (latin1: string): string => decodeName(Buffer.from(latin1, 'latin1'));
