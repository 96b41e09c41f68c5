import { RPM_DATABASE_FILE, RPM_DIRECTORIES } from '../../inventory/read-rpm-packages.ts';
import { findDirectory, type DirectoryNode } from './root-tree.ts';

/** Whether rpm installed the packages of a root file system. */
export function holdsRpmDatabase(root: DirectoryNode): boolean {
  return RPM_DIRECTORIES.some((directory) =>
    [...namesIn(root, directory.split('/'))].some((name) => RPM_DATABASE_FILE.test(name)),
  );
}

/** Where the way leads through a link, the database is found at its other place. */
function namesIn(root: DirectoryNode, parts: readonly string[]): Iterable<string> {
  try {
    return findDirectory(root, parts)?.children.keys() ?? [];
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
