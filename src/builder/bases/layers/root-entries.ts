import type { ByteString } from '../../../disk/tar/byte-string.ts';
import type { TarMetadata } from '../../../disk/tar/member-fields.ts';
import type { TarEntry } from '../tar/tar-entry.ts';
import type { DirectoryNode, Inode, RootNode } from './root-tree.ts';

/** Gives an entry other owners, times or attributes; every entry of a tree passes through it. */
export type ChangeMetadata = (metadata: TarMetadata) => TarMetadata;

interface NamedNode {
  readonly name: ByteString;
  readonly node: RootNode;
}

/** Every entry of a tree, a directory before what is in it; further names of an inode are hard links to its first. */
export function* rootEntries(
  root: DirectoryNode,
  change: ChangeMetadata = (metadata) => metadata,
): Generator<TarEntry> {
  const firstNames = new Map<Inode, ByteString>();
  const waiting: NamedNode[] = [{ name: '.', node: root }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { name, node } = next;
    if (node.kind === 'directory') {
      yield { ...change(node.metadata), name: `${name}/`, type: 'directory' };
      waiting.push(...childrenOf(name, node));
    } else {
      const target = firstNames.get(node.inode);
      const inode = { ...node.inode, ...change(node.inode), name };
      yield target === undefined ? inode : linkTo(target, inode);
      firstNames.set(node.inode, target ?? name);
    }
  }
}

/** Last name first, so that the first is taken next from the end. */
function childrenOf(name: ByteString, directory: DirectoryNode): readonly NamedNode[] {
  return [...directory.children]
    .sort(([left], [right]) => (left < right ? 1 : -1))
    .map(([child, node]) => ({ name: `${name}/${child}`, node }));
}

function linkTo(target: ByteString, { name, mode, uid, gid, mtime }: Inode): TarEntry {
  return { name, type: 'hardlink', target, mode, uid, gid, mtime, extended: new Map() };
}
