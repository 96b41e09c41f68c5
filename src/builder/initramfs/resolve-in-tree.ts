import { lstat, readlink } from 'node:fs/promises';
import path from 'node:path';

/** A file of a root file system, and the symbolic links on the way to it. */
export interface ResolvedPath {
  /** Absolute path inside the tree, free of symbolic links. */
  readonly path: string;
  /** Absolute paths inside the tree of the links that were followed. */
  readonly links: readonly string[];
  readonly kind: 'file' | 'directory' | 'other';
}

/** Linux follows at most 40 (path_resolution(7)). */
const MAXIMUM_LINKS = 40;

/**
 * Resolves an absolute path as the system in `tree` would: an absolute link starts at the tree's root
 * and ".." stops there, so that nothing of the host is ever reached.
 *
 * @returns undefined when there is nothing, or the links go round in circles
 */
export async function resolveInTree(
  tree: string,
  wanted: string,
): Promise<ResolvedPath | undefined> {
  const links: string[] = [];
  let current = '/';
  let kind: ResolvedPath['kind'] = 'directory';
  const rest = wanted.split('/');
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue;
    const next = path.posix.join(current, part);
    const status = await lstatOrUndefined(path.join(tree, next));
    if (status === undefined) return undefined;
    if (!status.isSymbolicLink()) {
      current = next;
      kind = kindOf(status);
      continue;
    }
    if (links.length === MAXIMUM_LINKS) return undefined;
    links.push(next);
    const target = await readlink(path.join(tree, next));
    if (target.startsWith('/')) current = '/';
    rest.unshift(...target.split('/'));
  }
  return { path: current, links, kind };
}

function kindOf(status: { isFile(): boolean; isDirectory(): boolean }): ResolvedPath['kind'] {
  if (status.isFile()) return 'file';
  return status.isDirectory() ? 'directory' : 'other';
}

async function lstatOrUndefined(
  file: string,
): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(file);
  } catch (error) {
    // ENOTDIR: a file where the path has a directory.
    if (error instanceof Error && 'code' in error) {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    }
    throw error;
  }
}
