import type { ByteString } from '../tar/byte-string.ts';
import { BLOCK, TYPE } from './inode.ts';

export interface DirectoryEntry {
  readonly name: ByteString;
  readonly inode: number;
  /** The upper bits of its mode. */
  readonly typeBits: number;
}

/** Linux, fs/ext4/ext4.h, EXT4_FT_*: by the upper bits of a mode. */
const FILE_TYPE: ReadonlyMap<number, number> = new Map([
  [TYPE.file, 1],
  [TYPE.directory, 2],
  [TYPE['character-device'], 3],
  [TYPE['block-device'], 4],
  [TYPE.fifo, 5],
  [TYPE.symlink, 7],
]);

const HEAD_BYTES = 8;

/** The blocks of a directory, entries one after the other; the last one of a block reaches to its end. */
export function directoryBlocks(entries: Iterable<DirectoryEntry>): Buffer {
  const blocks: Buffer[] = [];
  let block = Buffer.alloc(0);
  let at = BLOCK;
  let last = 0;
  for (const entry of entries) {
    const length = HEAD_BYTES + Math.ceil(entry.name.length / 4) * 4;
    if (at + length > BLOCK) {
      reachEnd(block, last);
      block = Buffer.alloc(BLOCK);
      blocks.push(block);
      at = 0;
    }
    writeEntry(block.subarray(at), entry, length);
    last = at;
    at += length;
  }
  reachEnd(block, last);
  return Buffer.concat(blocks);
}

function writeEntry(into: Buffer, { name, inode, typeBits }: DirectoryEntry, length: number): void {
  into.writeUInt32LE(inode, 0);
  into.writeUInt16LE(length, 4);
  into.writeUInt8(name.length, 6);
  into.writeUInt8(FILE_TYPE.get(typeBits) ?? 0, 7);
  into.write(name, HEAD_BYTES, 'latin1');
}

function reachEnd(block: Buffer, last: number): void {
  if (block.length > 0) block.writeUInt16LE(BLOCK - last, last + 4);
}
