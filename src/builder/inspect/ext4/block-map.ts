import type { Run } from '../tree/file-node.ts';
import { unreadable } from './superblock.ts';
import type { Ext4, Inode } from './inode.ts';

/** Neighbouring blocks of a file: `start` is a block of the file system. */
export interface Extent {
  readonly logical: number;
  readonly count: number;
  /** null: allocated but never written, reads as zeros. */
  readonly start: number | null;
}

const EXTENT_MAGIC = 0xf30a;
/** Linux, fs/ext4/ext4_extents.h: EXT4_MAX_EXTENT_DEPTH. */
const MAX_DEPTH = 5;
/** Longer counts mark an extent that was never written. */
const MAX_WRITTEN_BLOCKS = 32768;

/** A file's bytes as runs in the image file, holes included; together as long as the file. */
export async function runsOf(ext4: Ext4, inode: Inode): Promise<readonly Run[]> {
  const { blockSize } = ext4.superblock;
  const extents = inode.hasExtents
    ? await extentsIn(onceOnly(ext4), inode.block, MAX_DEPTH)
    : await mappedBlocks(onceOnly(ext4), inode);
  const runs: Run[] = [];
  let end = 0;
  for (const { logical, count, start } of extents.toSorted((a, b) => a.logical - b.logical)) {
    const from = logical * blockSize;
    const to = Math.min(inode.size, from + count * blockSize);
    if (to <= from || from < end) continue;
    if (from > end) runs.push({ position: null, length: from - end });
    const position = start === null ? null : ext4.bytes.offset + start * blockSize;
    runs.push({ position, length: to - from });
    end = to;
  }
  if (end < inode.size) runs.push({ position: null, length: inode.size - end });
  return runs;
}

/** Of one file no block of its tree stands in two places: in a damaged one that could go on for ever. */
function onceOnly(ext4: Ext4): Ext4 {
  const seen = new Set<number>();
  const read: Ext4['bytes']['read'] = async (position, length) => {
    if (seen.has(position)) throw unreadable(ext4.bytes, 'a tree of blocks comes back to itself');
    seen.add(position);
    return await ext4.bytes.read(position, length);
  };
  return { ...ext4, bytes: { ...ext4.bytes, read } };
}

async function extentsIn(ext4: Ext4, node: Buffer, depthLeft: number): Promise<Extent[]> {
  const [magic, entries, depth] = [0, 2, 6].map((at) => node.readUInt16LE(at));
  if (magic !== EXTENT_MAGIC || entries === undefined || 12 + entries * 12 > node.length) {
    throw unreadable(ext4.bytes, 'an extent tree is damaged');
  }
  const parts = Array.from({ length: entries }, (_, index) =>
    node.subarray(12 + index * 12, 24 + index * 12),
  );
  if (depth === 0) return parts.map(parseExtent);
  if (depthLeft === 0) throw unreadable(ext4.bytes, 'an extent tree is too deep');
  const below: Extent[][] = [];
  for (const part of parts) {
    const child = part.readUInt32LE(4) + part.readUInt16LE(8) * 2 ** 32;
    below.push(await extentsIn(ext4, await readBlock(ext4, child), depthLeft - 1));
  }
  return below.flat();
}

function parseExtent(raw: Buffer): Extent {
  const length = raw.readUInt16LE(4);
  const isWritten = length <= MAX_WRITTEN_BLOCKS;
  return {
    logical: raw.readUInt32LE(0),
    count: isWritten ? length : length - MAX_WRITTEN_BLOCKS,
    start: isWritten ? raw.readUInt32LE(8) + raw.readUInt16LE(6) * 2 ** 32 : null,
  };
}

/** The older form of ext2 and ext3: twelve direct blocks, then one, two and three levels of indirect ones. */
async function mappedBlocks(ext4: Ext4, inode: Inode): Promise<Extent[]> {
  const extents: Extent[] = [];
  const last = Math.ceil(inode.size / ext4.superblock.blockSize);
  const perBlock = ext4.superblock.blockSize / 4;
  const visit = async (block: number, logical: number, level: number): Promise<void> => {
    if (block === 0 || logical >= last) return;
    if (level === 0) return void extents.push({ logical, count: 1, start: block });
    const table = await readBlock(ext4, block);
    for (let index = 0; index < perBlock; index += 1) {
      const first = logical + index * perBlock ** (level - 1);
      await visit(table.readUInt32LE(index * 4), first, level - 1);
    }
  };
  let logical = 0;
  for (let slot = 0; slot < 15; slot += 1) {
    const level = Math.max(0, slot - 11);
    await visit(inode.block.readUInt32LE(slot * 4), logical, level);
    logical += perBlock ** level;
  }
  return joined(extents);
}

function joined(extents: readonly Extent[]): Extent[] {
  const result: Extent[] = [];
  for (const extent of extents) {
    const previous = result.at(-1);
    const follows =
      previous !== undefined &&
      extent.logical === previous.logical + previous.count &&
      extent.start === (previous.start ?? 0) + previous.count;
    if (follows) result.splice(-1, 1, { ...previous, count: previous.count + extent.count });
    else result.push(extent);
  }
  return result;
}

async function readBlock({ bytes, superblock }: Ext4, block: number): Promise<Buffer> {
  return await bytes.read(block * superblock.blockSize, superblock.blockSize);
}
