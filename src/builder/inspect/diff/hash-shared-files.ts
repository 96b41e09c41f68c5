import type { FileTree } from '../tree/file-node.ts';
import { hashContent } from '../tree/read-content.ts';
import type { HashedTree } from './compare-files.ts';

/** Hashes the regular files that both trees have; what is only in one needs no comparison. */
export async function hashSharedFiles(
  before: FileTree,
  after: FileTree,
): Promise<readonly [HashedTree, HashedTree]> {
  return await Promise.all([hashFiles(before, after), hashFiles(after, before)]);
}

async function hashFiles(tree: FileTree, other: FileTree): Promise<HashedTree> {
  const hashes = new Map<string, string>();
  for (const { path, content } of tree.values()) {
    if (content === null || other.get(path)?.kind !== 'file') continue;
    hashes.set(path, await hashContent(content));
  }
  return { tree, hashes };
}
