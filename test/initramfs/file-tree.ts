import { lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Contents by path; a path that ends in "/" is a directory, a value that begins with "→" a link. */
export type FileTree = Readonly<Record<string, string>>;

export async function makeTree(directory: string, tree: FileTree): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const [name, content] of Object.entries(tree)) {
    const file = path.join(directory, name);
    await mkdir(name.endsWith('/') ? file : path.dirname(file), { recursive: true });
    if (content.startsWith('→')) await symlink(content.slice(1), file);
    else if (!name.endsWith('/')) await writeFile(file, content);
  }
}

/** What is there, in the same form. */
export async function observeTree(directory: string, below = ''): Promise<FileTree> {
  const found: Record<string, string> = {};
  for (const name of (await readdir(path.join(directory, below))).toSorted()) {
    const inside = path.join(below, name);
    const file = path.join(directory, inside);
    const status = await lstat(file);
    if (status.isSymbolicLink()) found[inside] = `→${await readlink(file)}`;
    else if (status.isFile()) found[inside] = await readFile(file, 'utf8');
    else if (status.isDirectory()) {
      const inner = await observeTree(directory, inside);
      Object.assign(found, Object.keys(inner).length === 0 ? { [`${inside}/`]: '' } : inner);
    } else found[inside] = 'special';
  }
  return found;
}
