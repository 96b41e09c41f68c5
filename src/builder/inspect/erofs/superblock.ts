import { KubeosError } from '../../../errors.ts';
import type { ImageBytes } from '../image-bytes.ts';

/** What of an erofs superblock a reader of names and owners needs (Linux, fs/erofs/erofs_fs.h). */
export interface ErofsSuperblock {
  readonly blockSize: number;
  readonly rootNode: number;
  readonly blocks: number;
  /** Bytes. */
  readonly metadataPosition: number;
  readonly attributesPosition: number;
}

const SUPERBLOCK_POSITION = 1024;
const MAGIC = 0xe0f5e1e2;

/** @throws KubeosError BUILD_CHECK_FAILED for another file system */
export async function readErofsSuperblock(bytes: ImageBytes): Promise<ErofsSuperblock> {
  const block = await bytes.read(SUPERBLOCK_POSITION, 128);
  if (block.readUInt32LE(0) !== MAGIC) throw unreadable(bytes, 'it has no erofs superblock');
  const blockBits = block.readUInt8(12);
  if (blockBits < 9 || blockBits > 16) throw unreadable(bytes, 'its superblock is damaged');
  const blockSize = 2 ** blockBits;
  return {
    blockSize,
    rootNode: block.readUInt16LE(14),
    blocks: block.readUInt32LE(36),
    metadataPosition: block.readUInt32LE(40) * blockSize,
    attributesPosition: block.readUInt32LE(44) * blockSize,
  };
}

export function unreadable(bytes: ImageBytes, why: string): KubeosError {
  return new KubeosError(
    'BUILD_CHECK_FAILED',
    `the file system at byte ${bytes.offset} of ${bytes.file} cannot be read: ${why}`,
    { hint: 'check it with `fsck.erofs`' },
  );
}
