import type { Command, Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import { compareText } from '../inventory/compare-text.ts';

const BLOCK = 4096;
const INODE_BYTES = 256;
/** Symbolic links up to this length live in the inode (ext4, "fast symlinks"). */
const FAST_LINK_BYTES = 59;
/** Extents that an inode holds, and a block of them. */
const INODE_EXTENTS = 4;
const BLOCK_EXTENTS = 340;

export interface TreeSize {
  readonly inodes: number;
  /** 4 KiB blocks that the contents take. */
  readonly blocks: number;
}

/**
 * Sizes from the tree itself, not from the blocks that the host's file system spends on it. The size of a directory is
 * the host's own business too (tmpfs, ext4 and xfs each count otherwise): it is taken from the names in it.
 */
export async function measureTree(tree: string, commands: Commands): Promise<TreeSize> {
  const listing = await commands.run(listTree(tree));
  const seen = new Set<string>();
  const names = new Map<string, string[]>();
  let blocks = 0;
  for (const line of listing.stdout.split('\0').slice(0, -1)) {
    const { kind, size, links, inode, path } = parseLine(line);
    addName(names, { kind, path });
    // A second name of a file costs no blocks.
    if (kind === 'f' && links !== '1' && seen.has(inode)) continue;
    seen.add(inode);
    blocks += blocksOf(kind, size);
  }
  for (const entries of names.values()) blocks += directoryBlocks(entries);
  return { inodes: seen.size, blocks };
}

export function listTree(tree: string): Command {
  return inNamespace({ tool: 'find', args: [tree, '-printf', '%y %s %n %i %P\\0'] });
}

function parseLine(line: string) {
  const [kind = '', size = '0', links = '1', inode = '', ...path] = line.split(' ');
  return { kind, size: Number(size), links, inode, path: path.join(' ') };
}

/** Collects the names in each directory; the root of the tree is the directory ''. */
function addName(
  names: Map<string, string[]>,
  { kind, path }: { readonly kind: string; readonly path: string },
): void {
  if (kind === 'd') names.set(path, names.get(path) ?? []);
  if (path === '') return;
  const slash = path.lastIndexOf('/');
  const directory = path.slice(0, Math.max(0, slash));
  const siblings = names.get(directory) ?? [];
  siblings.push(path.slice(slash + 1));
  names.set(directory, siblings);
}

function blocksOf(kind: string, size: number): number {
  if (kind === 'd') return 0;
  if (kind === 'l' && size <= FAST_LINK_BYTES) return 0;
  return Math.ceil(size / BLOCK);
}

/**
 * Blocks of an ext4 directory with these names, and of its extents. `mke2fs -d` adds them in the order of their bytes to
 * a plain list (never an index), where no entry crosses the end of a block
 * (Documentation/filesystems/ext4/directory.rst). It also looks for room in earlier blocks, so it never needs more.
 */
export function directoryBlocks(names: readonly string[]): number {
  let blocks = 1;
  let free = BLOCK - 2 * entryBytes('..');
  for (const name of names.toSorted(compareText)) {
    const bytes = entryBytes(name);
    if (bytes > free) {
      blocks += 1;
      free = BLOCK;
    }
    free -= bytes;
  }
  // A directory grows block by block between the files in it: in the worst case each block is an extent.
  return blocks + (blocks > INODE_EXTENTS ? Math.ceil(blocks / BLOCK_EXTENTS) : 0);
}

const entryBytes = (name: string): number => 8 + Math.ceil(Buffer.byteLength(name) / 4) * 4;

export interface Ext4Size {
  readonly sizeBytes: number;
  readonly inodes: number;
}

/**
 * A file system that just holds the tree: contents, inode tables, bitmaps and descriptors.
 *
 * @param fit `roomy` has a block more for each inode, for extended attributes and extents that do not fit in it,
 *   which a tree seldom needs
 */
export function planExt4Size(tree: TreeSize, fit: 'tight' | 'roomy'): Ext4Size {
  const inodes = Math.ceil(tree.inodes * 1.002) + 16;
  const tables = Math.ceil((inodes * INODE_BYTES) / BLOCK);
  const attributes = fit === 'roomy' ? inodes : 0;
  const needed = Math.ceil((tree.blocks + tables + attributes) * 1.002) + 32;
  const groups = Math.ceil(needed / 32768);
  // Rounded to 1 MiB, the block of a release's block table.
  const mebibytes = Math.ceil(((needed + groups * 64) * BLOCK) / 2 ** 20);
  return { sizeBytes: mebibytes * 2 ** 20, inodes };
}
