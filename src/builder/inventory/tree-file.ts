import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';

/**
 * Where a path of a root file system is on this host, links followed; undefined when it is not there or a
 * symbolic link leads out of the tree (an absolute one means the image's root, not this host's).
 */
export async function locateInTree(tree: string, name: string): Promise<string | undefined> {
  try {
    const root = await realpath(tree);
    const file = await realpath(path.join(root, name));
    return file.startsWith(`${root}${path.sep}`) ? file : undefined;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Reads a file of a root file system; undefined also when it is no file. */
export async function readTreeFile(tree: string, name: string): Promise<string | undefined> {
  const file = await locateInTree(tree, name);
  if (file === undefined) return undefined;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ABSENT.has(String(error.code));
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP']);
