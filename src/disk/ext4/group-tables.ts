import { BLOCK, INODE_BYTES } from './inode.ts';

export const BLOCKS_PER_GROUP = 8 * BLOCK;
const DESCRIPTOR_BYTES = 32;
const INODES_PER_BLOCK = BLOCK / INODE_BYTES;

/** Blocks that hold the descriptors of so many groups. */
export const descriptorBlocks = (groups: number): number =>
  Math.ceil((groups * DESCRIPTOR_BYTES) / BLOCK);

export interface Geometry {
  readonly groups: number;
  readonly inodesPerGroup: number;
  /** Where each of them begins; one group's follow the other's. */
  readonly blockBitmaps: number;
  readonly inodeBitmaps: number;
  readonly inodeTables: number;
  /** Behind the tables. */
  readonly end: number;
  /** Of the whole file system. */
  readonly blocks: number;
}

/**
 * Bitmaps and inode tables of all groups, behind everything else (flex_bg).
 *
 * @throws RangeError for more inodes than the bitmaps of so few blocks have room for
 */
export function planGeometry(dataEnd: number, inodes: number): Geometry {
  for (let groups = Math.ceil(dataEnd / BLOCKS_PER_GROUP); ; groups += 1) {
    const inodesPerGroup = Math.ceil(inodes / groups / INODES_PER_BLOCK) * INODES_PER_BLOCK;
    if (inodesPerGroup > 8 * BLOCK) throw new RangeError('too many of its members are empty');
    const inodeBitmaps = dataEnd + groups;
    const inodeTables = inodeBitmaps + groups;
    const end = inodeTables + (groups * inodesPerGroup) / INODES_PER_BLOCK;
    // The number of groups follows from that of blocks: there is at least one in the last.
    const blocks = Math.max(end, (groups - 1) * BLOCKS_PER_GROUP + 1);
    if (blocks > groups * BLOCKS_PER_GROUP) continue;
    return {
      groups,
      inodesPerGroup,
      blockBitmaps: dataEnd,
      inodeBitmaps,
      inodeTables,
      end,
      blocks,
    };
  }
}

/** What is taken of the blocks, and of the inodes, of a file system. */
export interface Usage {
  /** Blocks from `from` to `to` (excluded) are kept for descriptors that it does not need; all others are used. */
  readonly spare: { readonly from: number; readonly to: number };
  readonly inodes: number;
  /** Inodes of directories. */
  readonly directories: Iterable<number>;
}

/** Block bitmaps of all groups, then their inode bitmaps. */
export function* bitmaps(geometry: Geometry, { spare, inodes }: Usage): Generator<Buffer> {
  const { end, blocks, groups, inodesPerGroup } = geometry;
  for (let group = 0; group < groups; group += 1) {
    const first = group * BLOCKS_PER_GROUP;
    const bits = bitmap(end - first, Math.min(BLOCKS_PER_GROUP, blocks - first));
    if (group === 0) setBits(bits, spare, false);
    yield bits;
  }
  for (let group = 0; group < groups; group += 1) {
    yield bitmap(inodes - group * inodesPerGroup, inodesPerGroup);
  }
}

/** The first `used` of so many items are taken; bits behind the last item are set, too. */
function bitmap(used: number, items: number): Buffer {
  const bits = Buffer.alloc(BLOCK);
  setBits(bits, { from: 0, to: Math.min(Math.max(used, 0), items) }, true);
  setBits(bits, { from: items, to: 8 * BLOCK }, true);
  return bits;
}

function setBits(
  bits: Buffer,
  { from, to }: { readonly from: number; readonly to: number },
  isSet: boolean,
): void {
  for (let bit = from; bit < to;) {
    if (bit % 8 === 0 && to - bit >= 8) {
      const bytes = Math.floor((to - bit) / 8);
      bits.fill(isSet ? 0xff : 0, bit / 8, bit / 8 + bytes);
      bit += bytes * 8;
    } else {
      const byte = bits.readUInt8(bit >> 3);
      const mask = 1 << (bit & 7);
      bits.writeUInt8(isSet ? byte | mask : byte & ~mask, bit >> 3);
      bit += 1;
    }
  }
}

export interface GroupCounts {
  readonly freeBlocks: number;
  readonly freeInodes: number;
  readonly directories: number;
}

export function groupCounts(
  geometry: Geometry,
  { spare, inodes, directories }: Usage,
): GroupCounts[] {
  const { end, blocks, groups, inodesPerGroup } = geometry;
  const within = (count: number, most: number): number => Math.min(Math.max(count, 0), most);
  const inGroup = Array.from({ length: groups }, () => 0);
  for (const number of directories) {
    const group = Math.floor((number - 1) / inodesPerGroup);
    inGroup[group] = (inGroup[group] ?? 0) + 1;
  }
  return inGroup.map((count, group) => {
    const last = Math.min(blocks - group * BLOCKS_PER_GROUP, BLOCKS_PER_GROUP);
    const used = within(end - group * BLOCKS_PER_GROUP, last);
    return {
      freeBlocks: last - used + (group === 0 ? spare.to - spare.from : 0),
      freeInodes: inodesPerGroup - within(inodes - group * inodesPerGroup, inodesPerGroup),
      directories: count,
    };
  });
}

/** Linux, fs/ext4/ext4.h, struct ext4_group_desc, of 32 bytes. */
export function groupDescriptors(geometry: Geometry, counts: readonly GroupCounts[]): Buffer {
  const { blockBitmaps, inodeBitmaps, inodeTables, inodesPerGroup } = geometry;
  const table = Buffer.alloc(descriptorBlocks(counts.length) * BLOCK);
  for (const [group, { freeBlocks, freeInodes, directories }] of counts.entries()) {
    const at = group * DESCRIPTOR_BYTES;
    table.writeUInt32LE(blockBitmaps + group, at);
    table.writeUInt32LE(inodeBitmaps + group, at + 4);
    table.writeUInt32LE(inodeTables + (group * inodesPerGroup) / INODES_PER_BLOCK, at + 8);
    table.writeUInt16LE(freeBlocks, at + 12);
    table.writeUInt16LE(freeInodes, at + 14);
    table.writeUInt16LE(directories, at + 16);
  }
  return table;
}
