import { KubeosError } from '../../../errors.ts';
import type { FileTree } from '../tree/file-node.ts';
import { hashContent } from '../tree/read-content.ts';
import type { HashedTree } from './compare-files.ts';

/** Of all files of a tree: holes, and blocks that many files claim, cost an image nothing. */
const MAX_HASHED_BYTES = 64 * 2 ** 30;

/** Hashes the regular files that both trees have; what is only in one needs no comparison. */
export async function hashSharedFiles(
  before: FileTree,
  after: FileTree,
): Promise<readonly [HashedTree, HashedTree]> {
  return await Promise.all([hashFiles(before, after), hashFiles(after, before)]);
}

async function hashFiles(tree: FileTree, other: FileTree): Promise<HashedTree> {
  const hashes = new Map<string, string>();
  let left = MAX_HASHED_BYTES;
  for (const { path, content, size } of tree.values()) {
    if (content === null || other.get(path)?.kind !== 'file') continue;
    left -= size;
    if (left < 0) throw tooMuch(path, size);
    hashes.set(path, await hashContent(content));
  }
  return { tree, hashes };
}

function tooMuch(path: string, size: number): KubeosError {
  return new KubeosError(
    'BUILD_CHECK_FAILED',
    `with ${path} (${size} bytes) the files claim more than the ${MAX_HASHED_BYTES} bytes that are compared`,
    { hint: 'the file system is damaged, or has a sparse file that no image needs' },
  );
}
