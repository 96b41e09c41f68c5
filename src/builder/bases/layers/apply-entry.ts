import { type ByteString, readable } from '../../../disk/tar/byte-string.ts';
import type { TarMetadata } from '../../../disk/tar/member-fields.ts';
import { type TarEntry } from '../tar/tar-entry.ts';
import { entryPath } from '../../../disk/tar/entry-path.ts';
import {
  type DirectoryNode,
  emptyDirectory,
  findDirectory,
  hideLowerChild,
  hideLowerLayers,
  type Inode,
  openDirectory,
} from './root-tree.ts';

export interface LayerRules {
  readonly layer: number;
  /** Names that begin with `.wh.` take things of lower layers away (OCI image specification, layer.md). */
  readonly whiteouts: boolean;
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';
/** aufs's own files; Docker and containerd leave them out too. */
const AUFS = '.wh..wh.';

/**
 * Puts one member of a layer over the tree, as unpacking it there would.
 * @throws RangeError saying why the member cannot be trusted
 */
export function applyEntry(root: DirectoryNode, entry: TarEntry, rules: LayerRules): void {
  const parts = entryPath(entry.name);
  const name = parts.at(-1);
  if (name === undefined) {
    if (entry.type !== 'directory') throw new RangeError('it takes the place of the root');
    describe(root, entry, rules.layer);
  } else if (rules.whiteouts && parts.some((part) => part.startsWith(WHITEOUT))) {
    applyWhiteout(root, parts, rules.layer);
  } else {
    applyMember({ root, parent: parts.slice(0, -1), name }, entry, rules.layer);
  }
}

interface Place {
  readonly root: DirectoryNode;
  readonly parent: readonly ByteString[];
  readonly name: ByteString;
}

function applyMember({ root, parent, name }: Place, entry: TarEntry, layer: number): void {
  if (entry.type === 'directory') {
    const { children } = openDirectory(root, parent, layer);
    const before = children.get(name);
    const directory = before?.kind === 'directory' ? before : emptyDirectory(layer);
    describe(directory, entry, layer);
    children.set(name, directory);
    return;
  }
  const inode = entry.type === 'hardlink' ? linkedInode(root, entry.target) : entry;
  openDirectory(root, parent, layer).children.set(name, { kind: 'leaf', inode, layer });
}

function describe(directory: DirectoryNode, metadata: TarMetadata, layer: number): void {
  const { mode, uid, gid, mtime, extended } = metadata;
  directory.metadata = { mode, uid, gid, mtime, extended };
  directory.layer = layer;
}

/** A link takes what its target is now: a later layer that replaces the target leaves the link as it was. */
function linkedInode(root: DirectoryNode, target: ByteString): Inode {
  const parts = entryPath(target);
  const name = parts.at(-1) ?? '';
  const node = findDirectory(root, parts.slice(0, -1))?.children.get(name);
  if (node?.kind === 'leaf') return node.inode;
  throw new RangeError(
    `it is a hard link to ${JSON.stringify(readable(target))}, which is ${node === undefined ? 'not there' : 'a directory'}`,
  );
}

function applyWhiteout(root: DirectoryNode, parts: readonly ByteString[], layer: number): void {
  const parent = parts.slice(0, -1);
  const name = parts.at(-1) ?? '';
  if (name === OPAQUE) {
    const directory = findDirectory(root, parent);
    if (directory !== undefined) hideLowerLayers(directory, layer);
    return;
  }
  if (parts.some((part) => part.startsWith(AUFS))) return;
  const hidden = name.slice(WHITEOUT.length);
  if (parent.some((part) => part.startsWith(WHITEOUT)) || ['', '.', '..'].includes(hidden)) {
    throw new RangeError('it is no proper whiteout');
  }
  const directory = findDirectory(root, parent);
  if (directory !== undefined) hideLowerChild(directory, hidden, layer);
}
