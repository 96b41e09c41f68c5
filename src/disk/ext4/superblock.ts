import { BLOCKS_PER_GROUP, type Geometry, type GroupCounts } from './group-tables.ts';
import { EXTRA_BYTES, INODE_BYTES } from './inode.ts';
import { FIRST_INODE } from './inode-table.ts';

/** What GRUB, Linux and e2fsprogs all know, and no more: nothing here is written a second time. */
const FEATURES = {
  // ext_attr, sparse_super2: no copies of the superblock.
  compatible: 0x8 | 0x200,
  // filetype, extent, flex_bg
  incompatible: 0x2 | 0x40 | 0x200,
  // large_file, extra_isize
  readOnly: 0x2 | 0x40,
};

export interface VolumeNames {
  readonly uuid: string;
  readonly label: string;
  /** Seconds since 1970. */
  readonly time: number;
}

type Fields = readonly (readonly [offset: number, value: number])[];

/** The 1024 bytes at position 1024 (Linux, fs/ext4/ext4.h, struct ext4_super_block). */
export function superblock(
  names: VolumeNames,
  geometry: Geometry,
  counts: readonly GroupCounts[],
): Buffer {
  const bytes = Buffer.alloc(1024);
  for (const [at, value] of [...sizes(geometry, counts), ...FORM]) bytes.writeUInt32LE(value, at);
  // When it was written, checked and made.
  for (const at of [48, 64, 264]) bytes.writeUInt32LE(names.time, at);
  for (const [at, value] of SHORT_FORM) bytes.writeUInt16LE(value, at);
  bytes.writeUInt8(HALF_MD4, 252);
  bytes.writeUInt8(ALL_GROUPS, 372);
  const id = Buffer.from(names.uuid.replaceAll('-', ''), 'hex');
  bytes.set(id, 104);
  bytes.set(id, 236);
  bytes.write(names.label.slice(0, 16), 120, 'latin1');
  return bytes;
}

function sizes(
  { groups, inodesPerGroup, blocks }: Geometry,
  counts: readonly GroupCounts[],
): Fields {
  return [
    [0, groups * inodesPerGroup],
    [4, blocks],
    [12, sum(counts.map(({ freeBlocks }) => freeBlocks))],
    [16, sum(counts.map(({ freeInodes }) => freeInodes))],
    [40, inodesPerGroup],
  ];
}

const FORM: Fields = [
  // Blocks and clusters of 1024 << 2 bytes.
  [24, 2],
  [28, 2],
  [32, BLOCKS_PER_GROUP],
  [36, BLOCKS_PER_GROUP],
  // Revision 1: inodes of another size than 128 bytes, and features.
  [76, 1],
  [84, FIRST_INODE],
  [92, FEATURES.compatible],
  [96, FEATURES.incompatible],
  [100, FEATURES.readOnly],
  // Hashes of names are of unsigned letters.
  [352, 2],
];

const SHORT_FORM: Fields = [
  // Never checked by count; the magic number; clean; read-only after an error.
  [54, 0xffff],
  [56, 0xef53],
  [58, 1],
  [60, 2],
  [88, INODE_BYTES],
  [348, EXTRA_BYTES],
  [350, EXTRA_BYTES],
];

/** For directories that somebody would index. */
const HALF_MD4 = 1;
/** Two to this many groups have their tables together: all of them. */
const ALL_GROUPS = 31;

const sum = (values: readonly number[]): number => values.reduce((all, one) => all + one, 0);
