import { decodeName } from '../tree/file-node.ts';

export interface DirectoryEntry {
  readonly name: string;
  readonly inode: number;
}

const HEADER_BYTES = 8;

/**
 * The entries of a directory's blocks, without "." and "..". The inner nodes of an indexed directory look like
 * unused entries, so reading block after block finds all (Linux, Documentation/filesystems/ext4/directory.rst).
 */
export function parseDirectory(content: Buffer, blockSize: number): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (let block = 0; block < content.length; block += blockSize) {
    entries.push(...parseBlock(content.subarray(block, block + blockSize)));
  }
  return entries;
}

function parseBlock(block: Buffer): DirectoryEntry[] {
  const entries: DirectoryEntry[] = [];
  for (let at = 0; at + HEADER_BYTES <= block.length;) {
    const inode = block.readUInt32LE(at);
    const length = block.readUInt16LE(at + 4);
    const nameLength = block.readUInt8(at + 6);
    const name = decodeName(block.subarray(at + HEADER_BYTES, at + HEADER_BYTES + nameLength));
    if (inode !== 0 && name !== '' && name !== '.' && name !== '..') entries.push({ name, inode });
    // 0 and 65535 stand for a whole block of 64 KiB; anything shorter than a header is damage.
    if (length < HEADER_BYTES || length === 0xffff) break;
    at += length;
  }
  return entries;
}
