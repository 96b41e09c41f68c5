import type { Ext4, Inode } from './inode.ts';

const MAGIC = 0xea020000;
const ENTRY_BYTES = 16;

/** Linux, Documentation/filesystems/ext4/attributes.rst: the first part of a name is stored as a number. */
const PREFIXES: ReadonlyMap<number, string> = new Map([
  [0, ''],
  [1, 'user.'],
  [2, 'system.posix_acl_access'],
  [3, 'system.posix_acl_default'],
  [4, 'trusted.'],
  [6, 'security.'],
  [7, 'system.'],
  [8, 'system.richacl'],
]);

/** Name to value in hex. They lie behind the inode, and where that is too small in a block of their own. */
export async function attributesOf(
  { bytes, superblock }: Ext4,
  inode: Inode,
): Promise<ReadonlyMap<string, string>> {
  const found = inTail(inode.tail);
  if (inode.attributeBlock === 0) return found;
  const { blockSize } = superblock;
  const block = await bytes.read(inode.attributeBlock * blockSize, blockSize);
  // The header takes 32 bytes; offsets of values count from the start of the block.
  const more = block.readUInt32LE(0) === MAGIC ? parseEntries(block, 32, 0) : [];
  return sorted([...found, ...more]);
}

function inTail(tail: Buffer): ReadonlyMap<string, string> {
  if (tail.length < 8 || tail.readUInt32LE(0) !== MAGIC) return new Map();
  return sorted(parseEntries(tail, 4, 4));
}

function parseEntries(area: Buffer, first: number, valuesFrom: number): [string, string][] {
  const entries: [string, string][] = [];
  for (let at = first; at + ENTRY_BYTES <= area.length && area.readUInt32LE(at) !== 0;) {
    const nameLength = area.readUInt8(at);
    const prefix = PREFIXES.get(area.readUInt8(at + 1)) ?? '?.';
    const name = area.toString('utf8', at + ENTRY_BYTES, at + ENTRY_BYTES + nameLength);
    const position = valuesFrom + area.readUInt16LE(at + 2);
    const value = area.toString('hex', position, position + area.readUInt32LE(at + 8));
    entries.push([prefix + name, value]);
    at += Math.ceil((ENTRY_BYTES + nameLength) / 4) * 4;
  }
  return entries;
}

function sorted(entries: [string, string][]): ReadonlyMap<string, string> {
  return new Map(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
