import type { ByteString } from '../../../disk/tar/byte-string.ts';
import {
  checkedText,
  holdsContent,
  memberMetadata,
  memberName,
  memberTarget,
  padded,
  storedSize,
} from '../../../disk/tar/member-fields.ts';
import type { RawMember } from './raw-member.ts';
import { readSparseContent } from './sparse-content.ts';
import type { TarEntry, TarLink, TarNode } from './tar-entry.ts';

/** @throws RangeError */
export async function memberOf(
  raw: RawMember,
): Promise<{ readonly entry: TarEntry; readonly end: number }> {
  const stored = availableSize(raw);
  const { name, node, end } = await nodeOf(raw, stored);
  return { entry: { name, ...memberMetadata(raw), ...node }, end };
}

function availableSize(raw: RawMember): number {
  const size = storedSize(raw);
  if (holdsContent(raw) && raw.body + size > raw.reader.range.length) {
    throw new RangeError('it ends too early');
  }
  return size;
}

interface NamedNode {
  readonly name: ByteString;
  readonly node: TarNode | TarLink;
  /** Where the next header begins. */
  readonly end: number;
}

async function nodeOf(raw: RawMember, stored: number): Promise<NamedNode> {
  const name = memberName(raw);
  if (holdsContent(raw)) return await fileOf(raw, name, stored);
  return { name, node: emptyNodeOf(raw), end: raw.body };
}

/** Types without content, whatever size their header gives. */
function emptyNodeOf(raw: RawMember): TarNode | TarLink {
  const { typeFlag, major, minor } = raw.header;
  switch (typeFlag) {
    case '1':
      return { type: 'hardlink', target: memberTarget(raw) };
    case '2':
      return { type: 'symlink', target: memberTarget(raw) };
    case '3':
      return { type: 'character-device', major, minor };
    case '4':
      return { type: 'block-device', major, minor };
    case '5':
      return { type: 'directory' };
    case '6':
      return { type: 'fifo' };
    default:
      throw new RangeError(`members of type ${JSON.stringify(typeFlag)} are not supported`);
  }
}

async function fileOf(raw: RawMember, name: ByteString, stored: number): Promise<NamedNode> {
  // v7 archives have no type for directories: a final slash tells them.
  if (name.endsWith('/')) {
    if (stored === 0) return { name, node: { type: 'directory' }, end: raw.body };
    throw new RangeError('a directory has content');
  }
  const sparse = await readSparseContent(raw, stored);
  if (sparse !== undefined) {
    return { name: checkedText(sparse.name ?? name), node: sparse.node, end: padded(sparse.end) };
  }
  const { path, offset } = raw.reader.range;
  const piece = { kind: 'bytes', path, offset: offset + raw.body, length: stored } as const;
  const content = stored === 0 ? [] : [piece];
  return { name, node: { type: 'file', size: stored, content }, end: raw.body + padded(stored) };
}
