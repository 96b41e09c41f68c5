import { MIB } from '../../../disk/layout.ts';
import type { ImageBytes } from '../image-bytes.ts';
import { unreadable, type ErofsSuperblock } from './superblock.ts';

export interface Erofs {
  readonly bytes: ImageBytes;
  readonly superblock: ErofsSuperblock;
}

/** An inode as it lies on disk: `struct erofs_inode_compact` or `erofs_inode_extended` of fs/erofs/erofs_fs.h. */
export interface ErofsInode {
  readonly node: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly layout: number;
  readonly rawBlock: number;
  /** Where the extended attributes begin, and their size; bytes. */
  readonly attributesPosition: number;
  readonly attributesSize: number;
}

/** A directory of this size has some 100,000 entries; a larger one in an image is damage. */
const MAX_NAMES_BYTES = 32 * MIB;
const SLOT_BYTES = 32;
const EXTENDED_BYTES = 64;
/** Values of the data layout: whole blocks; whole blocks with the last part behind the inode. */
const FLAT_PLAIN = 0;
const FLAT_INLINE = 2;

export async function readErofsInode(erofs: Erofs, node: number): Promise<ErofsInode> {
  const position = erofs.superblock.metadataPosition + node * SLOT_BYTES;
  const format = (await erofs.bytes.read(position, 2)).readUInt16LE(0);
  const isExtended = (format & 1) === 1;
  const length = isExtended ? EXTENDED_BYTES : SLOT_BYTES;
  const raw = await erofs.bytes.read(position, length);
  const attributeCount = raw.readUInt16LE(2);
  return {
    node,
    mode: raw.readUInt16LE(4),
    layout: (format >> 1) & 7,
    rawBlock: raw.readUInt32LE(16),
    attributesPosition: position + length,
    // A header of 12 bytes stands in for the first four-byte unit.
    attributesSize: attributeCount === 0 ? 0 : 12 + (attributeCount - 1) * 4,
    ...(isExtended
      ? {
          size: Number(raw.readBigUInt64LE(8)),
          uid: raw.readUInt32LE(24),
          gid: raw.readUInt32LE(28),
        }
      : { size: raw.readUInt32LE(8), uid: raw.readUInt16LE(24), gid: raw.readUInt16LE(26) }),
  };
}

/** The bytes of a directory or a link, which are never compressed. */
export async function plainContent(
  { bytes, superblock }: Erofs,
  inode: ErofsInode,
): Promise<Buffer> {
  const { blockSize } = superblock;
  if (inode.size > MAX_NAMES_BYTES) {
    throw unreadable(bytes, `inode ${inode.node} claims ${inode.size} bytes of names`);
  }
  const start = inode.rawBlock * blockSize;
  if (inode.layout === FLAT_PLAIN) return await bytes.read(start, inode.size);
  if (inode.layout !== FLAT_INLINE) {
    throw unreadable(bytes, `inode ${inode.node} has its names in data layout ${inode.layout}`);
  }
  const whole = Math.floor(inode.size / blockSize) * blockSize;
  const inlinePosition = inode.attributesPosition + inode.attributesSize;
  return Buffer.concat([
    await bytes.read(start, whole),
    await bytes.read(inlinePosition, inode.size - whole),
  ]);
}
