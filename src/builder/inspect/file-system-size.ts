import { openImageBytes } from './image-bytes.ts';
import { readErofsSuperblock } from './erofs/superblock.ts';
import { readSuperblock } from './ext4/superblock.ts';

export interface FileSystemStart {
  readonly file: string;
  /** Bytes. */
  readonly offset: number;
  readonly type: string;
}

const BLOCK = 4096;
/** Squashfs 4.0: `bytes_used` of the superblock. */
const SQUASHFS_BYTES_USED = 40;

/** How many bytes a file system takes, to the next 4 KiB: what is appended to it begins there. */
export async function fileSystemSize({ file, offset, type }: FileSystemStart): Promise<number> {
  await using bytes = await openImageBytes(file, offset);
  if (type === 'squashfs') {
    const used = (await bytes.read(SQUASHFS_BYTES_USED, 8)).readBigUInt64LE();
    return Math.ceil(Number(used) / BLOCK) * BLOCK;
  }
  if (type === 'erofs') {
    const { blockSize, blocks } = await readErofsSuperblock(bytes);
    return Math.ceil((blocks * blockSize) / BLOCK) * BLOCK;
  }
  const { blocks, blockSize } = await readSuperblock(bytes);
  return blocks * blockSize;
}
