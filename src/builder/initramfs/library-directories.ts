import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { resolveInTree } from './resolve-in-tree.ts';

/** Triplets of Debian's multiarch directories by `e_machine`; both are built into its loader's search path. */
const TRIPLETS: ReadonlyMap<number, string> = new Map([
  [62, 'x86_64-linux-gnu'],
  [183, 'aarch64-linux-gnu'],
]);

/** Directories that a loader of Debian or openEuler searches by itself, first first. */
export function defaultLibraryDirectories(machine: number): string[] {
  const triplet = TRIPLETS.get(machine);
  const multiarch = triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`];
  return [...multiarch, '/lib64', '/usr/lib64', '/lib', '/usr/lib'];
}

/** Directories of the tree's ld.so.conf, its `include` lines followed. */
export async function configuredLibraryDirectories(tree: string): Promise<string[]> {
  return await readConfiguration(tree, '/etc/ld.so.conf', 0);
}

async function readConfiguration(tree: string, file: string, depth: number): Promise<string[]> {
  const resolved = await resolveInTree(tree, file);
  if (resolved?.kind !== 'file' || depth > 4) return [];
  const text = await readFile(path.join(tree, resolved.path), 'utf8');
  const directories: string[] = [];
  for (const line of text.split('\n').map((raw) => raw.replace(/#.*/, '').trim())) {
    const pattern = /^include\s+(\S+)$/.exec(line)?.[1];
    if (pattern !== undefined) {
      const from = path.posix.resolve(path.posix.dirname(file), pattern);
      for (const included of await expandLastPart(tree, from)) {
        directories.push(...(await readConfiguration(tree, included, depth + 1)));
      }
    } else if (line.startsWith('/')) {
      directories.push(line);
    }
  }
  return directories;
}

/** ldconfig globs; the distributions use `*` in the file name only. */
async function expandLastPart(tree: string, pattern: string): Promise<string[]> {
  const directory = await resolveInTree(tree, path.posix.dirname(pattern));
  if (directory?.kind !== 'directory') return [];
  const names = await readdir(path.join(tree, directory.path));
  const wanted = path.posix.basename(pattern);
  return names
    .filter((name) => path.matchesGlob(name, wanted))
    .toSorted()
    .map((name) => path.posix.join(directory.path, name));
}
