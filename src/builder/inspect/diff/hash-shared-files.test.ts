import test from 'ava';
import type { FileNode, FileTree } from '../tree/file-node.ts';
import { hashSharedFiles } from './hash-shared-files.ts';

/** A file of nothing but a hole. */
function hole(path: string, size: number): FileNode {
  const owner = { mode: 0o644, uid: 0, gid: 0, target: null, attributes: null };
  // Any file that is there: nothing of it is read.
  const content = { file: process.execPath, runs: [{ position: null, length: size }] };
  return { ...owner, path, kind: 'file', size, content };
}

const treeOf = (...nodes: readonly FileNode[]): FileTree =>
  new Map(nodes.map((node) => [node.path, node]));

test('only what both trees have is hashed', async (t) => {
  const before = treeOf(hole('/a', 4096), hole('/old', 2 ** 50));
  const after = treeOf(hole('/a', 4096), hole('/new', 2 ** 50));
  const [old, young] = await hashSharedFiles(before, after);
  t.deepEqual([...old.hashes], [...young.hashes]);
  t.deepEqual([...old.hashes.keys()], ['/a']);
});

test('files that claim more than an image has are damage, and not read for hours', async (t) => {
  const tree = treeOf(hole('/a', 4096), hole('/hole', 2 ** 43));
  await t.throwsAsync(hashSharedFiles(tree, tree), {
    code: 'BUILD_CHECK_FAILED',
    message: /^with \/hole \(8796093022208 bytes\) the files claim more/,
  });
});
