import { KubeosError } from '../../../errors.ts';
import type { ImageBytes } from '../image-bytes.ts';

/** What of an ext2, ext3 or ext4 superblock a reader needs (Linux, Documentation/filesystems/ext4/super.rst). */
export interface Superblock {
  readonly blockSize: number;
  readonly inodes: number;
  readonly inodeSize: number;
  readonly inodesPerGroup: number;
  readonly blocksPerGroup: number;
  readonly firstDataBlock: number;
  readonly descriptorSize: number;
  readonly blocks: number;
  readonly freeBlocks: number;
}

const SUPERBLOCK_POSITION = 1024;
const MAGIC = 0xef53;

/** Incompatible features that change nothing for a reader: filetype, recover, extents, 64bit, mmp, flex_bg, csum_seed, large_dir. */
const KNOWN_FEATURES = 0x0002 | 0x0004 | 0x0040 | 0x0080 | 0x0100 | 0x0200 | 0x2000 | 0x4000;
const FEATURE_64BIT = 0x0080;

/** @throws KubeosError BUILD_CHECK_FAILED for another file system, or one with features that are not known here */
export async function readSuperblock(bytes: ImageBytes): Promise<Superblock> {
  const block = await bytes.read(SUPERBLOCK_POSITION, 1024);
  if (block.readUInt16LE(56) !== MAGIC) throw unreadable(bytes, 'it has no ext4 superblock');
  const features = block.readUInt32LE(96);
  const unknown = features & ~KNOWN_FEATURES;
  if (unknown !== 0) {
    throw unreadable(bytes, `it has incompatible features 0x${unknown.toString(16)}`);
  }
  const is64Bit = (features & FEATURE_64BIT) !== 0;
  return checked(bytes, {
    blockSize: 1024 << block.readUInt32LE(24),
    inodes: block.readUInt32LE(0),
    inodeSize: block.readUInt32LE(76) === 0 ? 128 : block.readUInt16LE(88),
    inodesPerGroup: block.readUInt32LE(40),
    blocksPerGroup: block.readUInt32LE(32),
    firstDataBlock: block.readUInt32LE(20),
    descriptorSize: is64Bit ? block.readUInt16LE(254) : 32,
    blocks: block.readUInt32LE(4) + (is64Bit ? block.readUInt32LE(336) * 2 ** 32 : 0),
    freeBlocks: block.readUInt32LE(12) + (is64Bit ? block.readUInt32LE(344) * 2 ** 32 : 0),
  });
}

function checked(bytes: ImageBytes, superblock: Superblock): Superblock {
  const { blockSize, inodeSize, inodesPerGroup, blocksPerGroup, descriptorSize } = superblock;
  const isSane =
    blockSize >= 1024 &&
    blockSize <= 65536 &&
    inodeSize >= 128 &&
    inodeSize <= blockSize &&
    inodesPerGroup > 0 &&
    blocksPerGroup > 0 &&
    descriptorSize >= 32;
  if (!isSane) throw unreadable(bytes, 'its superblock is damaged');
  return superblock;
}

export function unreadable(bytes: ImageBytes, why: string): KubeosError {
  return new KubeosError(
    'BUILD_CHECK_FAILED',
    `the file system at byte ${bytes.offset} of ${bytes.file} cannot be read: ${why}`,
    { hint: 'check it with `e2fsck -fn`' },
  );
}
