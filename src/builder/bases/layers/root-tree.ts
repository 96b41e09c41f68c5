import type { ByteString } from '../../../disk/tar/byte-string.ts';
import type { TarMetadata } from '../../../disk/tar/member-fields.ts';
import type { TarEntry } from '../tar/tar-entry.ts';

/** What a name that is no directory leads to, as the member that brought it; its own name there is of no matter. */
export type Inode = Exclude<TarEntry, { readonly type: 'directory' | 'hardlink' }>;

/** A name of an inode. Hard links are names that share one. */
export interface LeafNode {
  readonly kind: 'leaf';
  readonly inode: Inode;
  /** The layer that last set it, counted from 0 at the bottom. */
  readonly layer: number;
}

export interface DirectoryNode {
  readonly kind: 'directory';
  metadata: TarMetadata;
  layer: number;
  readonly children: Map<ByteString, RootNode>;
}

export type RootNode = LeafNode | DirectoryNode;

/** A directory that no layer describes but that holds something. */
const UNDESCRIBED: TarMetadata = { mode: 0o755, uid: 0, gid: 0, mtime: '0', extended: new Map() };

export function emptyDirectory(layer: number): DirectoryNode {
  return { kind: 'directory', metadata: UNDESCRIBED, layer, children: new Map() };
}

/**
 * The directory at `parts`, made where it is missing.
 * @throws RangeError when the way leads through a symbolic link or another thing that is no directory
 */
export function openDirectory(
  root: DirectoryNode,
  parts: readonly ByteString[],
  layer: number,
): DirectoryNode {
  let directory = root;
  for (const part of parts) {
    const child = descend(directory, part) ?? emptyDirectory(layer);
    directory.children.set(part, child);
    directory = child;
  }
  return directory;
}

/** The directory at `parts`, or undefined where there is none. @throws RangeError as `openDirectory` */
export function findDirectory(
  root: DirectoryNode,
  parts: readonly ByteString[],
): DirectoryNode | undefined {
  let directory: DirectoryNode | undefined = root;
  for (const part of parts) {
    if (directory === undefined) return undefined;
    directory = descend(directory, part);
  }
  return directory;
}

function descend(directory: DirectoryNode, part: ByteString): DirectoryNode | undefined {
  const child = directory.children.get(part);
  if (child === undefined || child.kind === 'directory') return child;
  // Tools disagree on what such a member means, and some were led out of the root by it.
  throw new RangeError(
    child.inode.type === 'symlink'
      ? 'it lies below a symbolic link'
      : 'it lies below something that is no directory',
  );
}

/** Takes away what layers below `layer` put into a directory; what `layer` itself put there stays. */
export function hideLowerLayers(directory: DirectoryNode, layer: number): void {
  for (const [name, child] of directory.children) {
    if (!survives(child, layer)) directory.children.delete(name);
  }
}

/** The same for one child. */
export function hideLowerChild(directory: DirectoryNode, name: ByteString, layer: number): void {
  const child = directory.children.get(name);
  if (child !== undefined && !survives(child, layer)) directory.children.delete(name);
}

function survives(node: RootNode, layer: number): boolean {
  if (node.kind === 'leaf') return node.layer === layer;
  hideLowerLayers(node, layer);
  if (node.layer === layer) return true;
  node.metadata = UNDESCRIBED;
  node.layer = layer;
  return node.children.size > 0;
}
