import { wholeNumber } from '../../../disk/tar/pax-records.ts';
import type { Extensions, RawMember } from './raw-member.ts';
import { readSparseContent } from './sparse-content.ts';
import type { ByteString } from '../../../disk/tar/byte-string.ts';
import type { TarEntry, TarLink, TarMetadata, TarNode } from './tar-entry.ts';
import { BLOCK_BYTES } from '../../../disk/tar/tar-header.ts';

export const NO_EXTENSIONS: Extensions = { pax: new Map() };

const EXTENDED_KEYWORD = /^(?:SCHILY\.xattr\.|SCHILY\.acl\.|RHT\.security\.selinux$)/;

export function padded(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}

/** @throws RangeError */
export async function memberOf(
  raw: RawMember,
): Promise<{ readonly entry: TarEntry; readonly end: number }> {
  const stored = storedSize(raw);
  const { name, node, end } = await nodeOf(raw, stored);
  return { entry: { name, ...metadataOf(raw), ...node }, end };
}

function storedSize({ header, extensions, reader, body }: RawMember): number {
  const size = wholeNumber(extensions.pax, 'size') ?? header.size;
  if (size < 0) throw new RangeError('a size is negative');
  const holdsContent = '07S\0'.includes(header.typeFlag);
  if (holdsContent && body + size > reader.range.length) throw new RangeError('it ends too early');
  return size;
}

interface NamedNode {
  readonly name: ByteString;
  readonly node: TarNode | TarLink;
  /** Where the next header begins. */
  readonly end: number;
}

async function nodeOf(raw: RawMember, stored: number): Promise<NamedNode> {
  const name = checked(nameOf(raw));
  if ('\x0007S'.includes(raw.header.typeFlag)) return await fileOf(raw, name, stored);
  return { name, node: emptyNodeOf(raw), end: raw.body };
}

/** Types without content, whatever size their header gives. */
function emptyNodeOf(raw: RawMember): TarNode | TarLink {
  const { typeFlag, major, minor } = raw.header;
  switch (typeFlag) {
    case '1':
      return { type: 'hardlink', target: targetOf(raw) };
    case '2':
      return { type: 'symlink', target: targetOf(raw) };
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

/** GNU names go before pax ones, and empty pax values leave the header's (archive/tar, Reader.next). */
function nameOf({ header, extensions }: RawMember): ByteString {
  return extensions.longName ?? (extensions.pax.get('path') || header.name);
}

function targetOf({ header, extensions }: RawMember): ByteString {
  const target = extensions.longLink ?? (extensions.pax.get('linkpath') || header.linkName);
  if (target === '') throw new RangeError('a link has no target');
  return checked(target);
}

function checked(text: ByteString): ByteString {
  if (text.includes('\0')) throw new RangeError('a name holds a NUL byte');
  return text;
}

async function fileOf(raw: RawMember, name: ByteString, stored: number): Promise<NamedNode> {
  // v7 archives have no type for directories: a final slash tells them.
  if (name.endsWith('/')) {
    if (stored === 0) return { name, node: { type: 'directory' }, end: raw.body };
    throw new RangeError('a directory has content');
  }
  const sparse = await readSparseContent(raw, stored);
  if (sparse !== undefined) {
    return { name: checked(sparse.name ?? name), node: sparse.node, end: padded(sparse.end) };
  }
  const { path, offset } = raw.reader.range;
  const piece = { kind: 'bytes', path, offset: offset + raw.body, length: stored } as const;
  const content = stored === 0 ? [] : [piece];
  return { name, node: { type: 'file', size: stored, content }, end: raw.body + padded(stored) };
}

function metadataOf({ header, extensions: { pax } }: RawMember): TarMetadata {
  const mtime = pax.get('mtime') || String(header.mtime);
  if (!/^-?\d{1,12}(?:\.\d*)?$/.test(mtime)) throw new RangeError(`${mtime} is not a time`);
  const uid = wholeNumber(pax, 'uid') ?? header.uid;
  const gid = wholeNumber(pax, 'gid') ?? header.gid;
  return {
    mode: header.mode & 0o7777,
    uid: checkedOwner(uid),
    gid: checkedOwner(gid),
    mtime,
    extended: new Map([...pax].filter(([keyword]) => EXTENDED_KEYWORD.test(keyword))),
  };
}

/** Linux has 32-bit ids, and the last one means "none" (chown(2)). */
function checkedOwner(id: number): number {
  if (id < 0 || id >= 2 ** 32 - 1) throw new RangeError(`${String(id)} cannot own a file`);
  return id;
}
