import type { Commands } from '../../host/commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';

const BLOCK = 4096;
const INODE_BYTES = 256;
/** Symbolic links up to this length live in the inode (ext4, "fast symlinks"). */
const FAST_LINK_BYTES = 59;

export interface TreeSize {
  readonly inodes: number;
  /** 4 KiB blocks that the contents take. */
  readonly blocks: number;
}

/** Sizes from the tree itself, not from the blocks that the host's file system spends on it. */
export async function measureTree(tree: string, commands: Commands): Promise<TreeSize> {
  const listing = await commands.run(
    inNamespace({ tool: 'find', args: [tree, '-printf', '%y %s %n %i\\n'] }),
  );
  const seen = new Set<string>();
  let blocks = 0;
  for (const line of listing.stdout.trimEnd().split('\n')) {
    const [kind = '', size = '0', links = '1', inode = ''] = line.split(' ');
    // A second name of a file costs no blocks.
    if (kind === 'f' && links !== '1' && seen.has(inode)) continue;
    seen.add(inode);
    blocks += blocksOf(kind, Number(size));
  }
  return { inodes: seen.size, blocks };
}

function blocksOf(kind: string, size: number): number {
  if (kind === 'd') return Math.max(1, Math.ceil(size / BLOCK));
  if (kind === 'l' && size <= FAST_LINK_BYTES) return 0;
  return Math.ceil(size / BLOCK);
}

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
