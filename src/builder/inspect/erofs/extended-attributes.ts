import type { Erofs, ErofsInode } from './inode.ts';

const HEADER_BYTES = 12;

/** Linux, fs/erofs/erofs_fs.h, EROFS_XATTR_INDEX_*. */
const PREFIXES: ReadonlyMap<number, string> = new Map([
  [1, 'user.'],
  [2, 'system.posix_acl_access'],
  [3, 'system.posix_acl_default'],
  [4, 'trusted.'],
  [5, 'lustre.'],
  [6, 'security.'],
]);

/** Name to value in hex: those behind the inode, and those that it shares with others by number. */
export async function erofsAttributesOf(
  { bytes, superblock }: Erofs,
  inode: ErofsInode,
): Promise<ReadonlyMap<string, string>> {
  if (inode.attributesSize === 0) return new Map();
  const area = await bytes.read(inode.attributesPosition, inode.attributesSize);
  const entries: [string, string][] = [];
  const shared = area.readUInt8(4);
  for (let index = 0; index < shared; index += 1) {
    const position =
      superblock.attributesPosition + area.readUInt32LE(HEADER_BYTES + index * 4) * 4;
    const head = await bytes.read(position, 4);
    entries.push(parseEntry(await bytes.read(position, lengthOf(head, 0)), 0));
  }
  for (let at = HEADER_BYTES + shared * 4; at + 4 <= area.length;) {
    const length = lengthOf(area, at);
    if (area.readUInt8(at) > 0 || area.readUInt8(at + 1) > 0) entries.push(parseEntry(area, at));
    at += Math.ceil(length / 4) * 4;
  }
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

const lengthOf = (area: Buffer, at: number): number =>
  4 + area.readUInt8(at) + area.readUInt16LE(at + 2);

function parseEntry(area: Buffer, at: number): [string, string] {
  const nameEnd = at + 4 + area.readUInt8(at);
  const prefix = PREFIXES.get(area.readUInt8(at + 1)) ?? '?.';
  const name = prefix + area.toString('utf8', at + 4, nameEnd);
  return [name, area.toString('hex', nameEnd, nameEnd + area.readUInt16LE(at + 2))];
}
