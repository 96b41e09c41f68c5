import path from 'node:path';
import type { FileNode, FileTree } from './file-node.ts';

/** As the kernel: path_resolution(7) gives up after 40 links. */
const MAX_LINKS = 40;

/** The node at a path of the image, through symbolic links of that image, which never lead out of it. */
export function findNode(tree: FileTree, wanted: string): FileNode | undefined {
  let rest = wanted.split('/');
  let at = '/';
  let linksLeft = MAX_LINKS;
  while (rest.length > 0) {
    const [name = '', ...after] = rest;
    const next = path.posix.join(at, name);
    const node = tree.get(next);
    if (node === undefined) return undefined;
    if (node.kind === 'link' && node.target !== null) {
      if (linksLeft === 0) return undefined;
      linksLeft -= 1;
      rest = [...node.target.split('/'), ...after];
      at = node.target.startsWith('/') ? '/' : at;
    } else {
      rest = after;
      at = next;
    }
  }
  return tree.get(at);
}
