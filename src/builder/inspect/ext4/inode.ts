import type { ImageBytes } from '../image-bytes.ts';
import { unreadable, type Superblock } from './superblock.ts';

/** An inode as it lies on disk (Linux, Documentation/filesystems/ext4/inodes.rst), decoded as far as it is needed. */
export interface Inode {
  readonly number: number;
  /** `st_mode`, with the kind. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly hasExtents: boolean;
  /** i_block: 60 bytes of extents, block numbers or the target of a short link. */
  readonly block: Buffer;
  /** Block with more extended attributes; 0: none. */
  readonly attributeBlock: number;
  /** What follows the fixed fields: extended attributes, where there is room. */
  readonly tail: Buffer;
}

const EXTENTS_FLAG = 0x80000;
const FIXED_BYTES = 128;

export interface Ext4 {
  readonly bytes: ImageBytes;
  readonly superblock: Superblock;
}

export async function readInode({ bytes, superblock }: Ext4, number: number): Promise<Inode> {
  if (number < 1 || number > superblock.inodes) {
    throw unreadable(bytes, `it names inode ${number} of ${superblock.inodes}`);
  }
  const group = Math.floor((number - 1) / superblock.inodesPerGroup);
  const index = (number - 1) % superblock.inodesPerGroup;
  const table = await inodeTable({ bytes, superblock }, group);
  const position = table * superblock.blockSize + index * superblock.inodeSize;
  return parseInode(await bytes.read(position, superblock.inodeSize), number);
}

async function inodeTable({ bytes, superblock }: Ext4, group: number): Promise<number> {
  const { blockSize, firstDataBlock, descriptorSize } = superblock;
  const position = (firstDataBlock + 1) * blockSize + group * descriptorSize;
  const descriptor = await bytes.read(position, descriptorSize);
  const high = descriptorSize >= 64 ? descriptor.readUInt32LE(40) : 0;
  return descriptor.readUInt32LE(8) + high * 2 ** 32;
}

function parseInode(raw: Buffer, number: number): Inode {
  const extraBytes = raw.length > FIXED_BYTES ? raw.readUInt16LE(FIXED_BYTES) : 0;
  return {
    number,
    mode: raw.readUInt16LE(0),
    uid: raw.readUInt16LE(2) + raw.readUInt16LE(120) * 2 ** 16,
    gid: raw.readUInt16LE(24) + raw.readUInt16LE(122) * 2 ** 16,
    size: raw.readUInt32LE(4) + raw.readUInt32LE(108) * 2 ** 32,
    hasExtents: (raw.readUInt32LE(32) & EXTENTS_FLAG) !== 0,
    block: raw.subarray(40, 100),
    attributeBlock: raw.readUInt32LE(104) + raw.readUInt16LE(118) * 2 ** 32,
    tail: raw.subarray(FIXED_BYTES + extraBytes),
  };
}
