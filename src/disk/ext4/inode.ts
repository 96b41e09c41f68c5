import type { ExtendedAttributes } from './extended-attributes.ts';

export const BLOCK = 4096;
export const INODE_BYTES = 256;

/** Types of stat(2), the upper bits of a mode. */
export const TYPE = {
  fifo: 0o010_000,
  'character-device': 0o020_000,
  directory: 0o040_000,
  'block-device': 0o060_000,
  file: 0o100_000,
  symlink: 0o120_000,
} as const;

export type InodeType = keyof typeof TYPE;

export interface InodeAttributes {
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Whole seconds since 1970. */
  readonly mtime: number;
  readonly extended: ExtendedAttributes;
}

/** A stretch of blocks, one behind the other. */
export interface Run {
  readonly first: number;
  readonly count: number;
}

/** Bytes at these places of an inode (Linux, fs/ext4/ext4.h, struct ext4_inode). */
const AT = { mode: 0, size: 4, links: 26, blocks: 28, flags: 32, block: 40, attributes: 104 };
const EXTENTS_FLAG = 0x80000;
/** Of the fields behind the first 128 bytes; extended attributes stand after them. */
export const EXTRA_BYTES = 32;
export const INODE_ATTRIBUTES_AT = 128 + EXTRA_BYTES;
const SECTORS_PER_BLOCK = BLOCK / 512;

export function writeAttributes(
  inode: Buffer,
  type: InodeType,
  { mode, uid, gid, mtime }: Omit<InodeAttributes, 'extended'>,
): void {
  inode.writeUInt16LE(TYPE[type] | mode, AT.mode);
  inode.writeUInt16LE(uid & 0xffff, 2);
  inode.writeUInt16LE(gid & 0xffff, 24);
  inode.writeUInt16LE(uid >>> 16, 120);
  inode.writeUInt16LE(gid >>> 16, 122);
  inode.writeUInt16LE(EXTRA_BYTES, 128);
  writeTimes(inode, mtime);
}

/** Times are 34 bits: the upper two stand beside the nanoseconds. Others than these are out of reach. */
const TIME = { least: -(2 ** 31), most: 2 ** 34 - 2 ** 31 - 1 };

function writeTimes(inode: Buffer, seconds: number): void {
  const time = Math.min(Math.max(seconds, TIME.least), TIME.most);
  const low = ((time + 2 ** 31) % 2 ** 32) - 2 ** 31;
  const high = Math.round((time - low) / 2 ** 32);
  for (const [place, extra] of [
    [8, 140],
    [12, 132],
    [16, 136],
    [144, 148],
  ] as const) {
    inode.writeInt32LE(low, place);
    inode.writeUInt32LE(high, extra);
  }
}

export const typeBitsOf = (inode: Buffer): number => inode.readUInt16LE(AT.mode) & 0o170_000;
export const linksOf = (inode: Buffer): number => inode.readUInt16LE(AT.links);
export function writeLinks(inode: Buffer, links: number): void {
  inode.writeUInt16LE(links, AT.links);
}

export function writeSize(inode: Buffer, bytes: number): void {
  inode.writeUInt32LE(bytes % 2 ** 32, AT.size);
  inode.writeUInt32LE(Math.floor(bytes / 2 ** 32), 108);
}

/** What an inode has room for in place of its extents: the number of a device, a link's target that is shorter. */
export const INLINE_BYTES = 60;

export function writeInline(inode: Buffer, bytes: Uint8Array): void {
  inode.set(bytes, AT.block);
}

/**
 * Linux, fs/ext4/ext4.h and include/linux/kdev_t.h: old numbers of 8 and 8 bits in the first word, new ones of 12 and 20
 * in the second.
 *
 * @throws RangeError
 */
export function deviceBytes(major: number, minor: number): Buffer {
  const isIn = (value: number, bits: number): boolean => value >= 0 && value < 2 ** bits;
  if (!isIn(major, 12) || !isIn(minor, 20)) throw new RangeError('a device has no good number');
  const bytes = Buffer.alloc(8);
  if (isIn(major, 8) && isIn(minor, 8)) bytes.writeUInt32LE((major << 8) | minor, 0);
  else bytes.writeUInt32LE(((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0, 4);
  return bytes;
}

export function writeAttributeBlock(inode: Buffer, block: number): void {
  inode.writeUInt32LE(block, AT.attributes);
  addBlocks(inode, 1);
}

/** Blocks that belong to it are counted in sectors. */
function addBlocks(inode: Buffer, blocks: number): void {
  inode.writeUInt32LE(inode.readUInt32LE(AT.blocks) + blocks * SECTORS_PER_BLOCK, AT.blocks);
}

const EXTENT_BYTES = 12;
const EXTENTS_MAGIC = 0xf30a;
/** Longer ones would count as not initialised. */
const MAX_EXTENT = 2 ** 15;
const EXTENTS_IN_INODE = 4;
const EXTENTS_IN_BLOCK = Math.floor(BLOCK / EXTENT_BYTES) - 1;

/**
 * The blocks that hold an inode's bytes.
 *
 * @param leaf the next free block @returns what is to stand in that block; null where the inode itself has room
 * @throws RangeError
 */
export function writeRun(inode: Buffer, run: Run, leaf: number): Buffer | null {
  const extents = Math.ceil(run.count / MAX_EXTENT);
  const room = inode.subarray(AT.block, AT.block + INLINE_BYTES);
  if (extents > EXTENTS_IN_BLOCK) throw new RangeError('a file is too long');
  if (extents <= EXTENTS_IN_INODE) {
    markExtents(inode, run.count);
    writeExtents(room, run);
    return null;
  }
  markExtents(inode, run.count + 1);
  writeExtentHead(room, { entries: 1, room: EXTENTS_IN_INODE, depth: 1 });
  room.writeUInt32LE(leaf, EXTENT_BYTES + 4);
  const block = Buffer.alloc(BLOCK);
  writeExtents(block, run);
  return block;
}

function markExtents(inode: Buffer, blocks: number): void {
  inode.writeUInt32LE(EXTENTS_FLAG, AT.flags);
  addBlocks(inode, blocks);
}

function writeExtents(into: Buffer, { first, count }: Run): void {
  const entries = Math.ceil(count / MAX_EXTENT);
  writeExtentHead(into, { entries, room: Math.floor(into.length / EXTENT_BYTES) - 1, depth: 0 });
  for (let index = 0; index < entries; index += 1) {
    const at = (index + 1) * EXTENT_BYTES;
    const done = index * MAX_EXTENT;
    into.writeUInt32LE(done, at);
    into.writeUInt16LE(Math.min(MAX_EXTENT, count - done), at + 4);
    into.writeUInt32LE(first + done, at + 8);
  }
}

function writeExtentHead(
  into: Buffer,
  {
    entries,
    room,
    depth,
  }: { readonly entries: number; readonly room: number; readonly depth: number },
): void {
  into.writeUInt16LE(EXTENTS_MAGIC, 0);
  into.writeUInt16LE(entries, 2);
  into.writeUInt16LE(room, 4);
  into.writeUInt16LE(depth, 6);
}
