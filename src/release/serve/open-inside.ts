import { constants, lstat, type Stats } from 'node:fs';
import { open, opendir, readlink, realpath, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { isMissing } from '../repository/is-missing.ts';
import type { RepositoryPath } from '../metadata/repository-path.ts';

// A FIFO in the place of a file must not hold an open(2) for ever.
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A file that is replaced while it is opened has no name for a moment: then the next one is opened. */
const ATTEMPTS = 100;

/** Opens files of one directory, and of no other. */
export interface OpenInside {
  readonly open: (file: RepositoryPath) => Promise<FileHandle | undefined>;
  /** Tells files apart that have the same path one after the other; nothing is opened. */
  readonly identify: (file: RepositoryPath) => Promise<string | undefined>;
}

/**
 * A regular file that lies where its path says: no link anywhere on the way. What counts is the place of the file
 * that *was* opened (proc(5): /proc/self/fd), so nothing can change between the check and the reading.
 *
 * @throws KubeosError USAGE where there is no such directory
 */
export async function openInside(directory: string): Promise<OpenInside> {
  const root = await realRoot(directory);
  return {
    open: async ({ path: name }) => await openAt(path.join(root, name)),
    identify: ({ path: name }) => identifyAt(path.join(root, name)),
  };
}

/** One inode with one content, as far as the file system counts time. */
export function identityOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev} ${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

async function openAt(place: string): Promise<FileHandle | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const handle = await openPlain(place);
    if (handle === undefined) return undefined;
    const found = await readlink(`/proc/self/fd/${handle.fd}`);
    if (found === place && (await handle.stat()).isFile()) return handle;
    await handle.close();
    if (found !== `${place} (deleted)`) return undefined;
  }
  return undefined;
}

/** By lstat with a callback, which costs a third of its promise. */
function identifyAt(place: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    lstat(place, (error, stats) => {
      resolve(error === null ? identityOf(stats) : undefined);
    });
  });
}

async function realRoot(directory: string): Promise<string> {
  try {
    const root = await realpath(directory);
    // Fails where it is a file.
    await using _ = await opendir(root);
    return root;
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new KubeosError('USAGE', `there is no directory ${directory}`, {
      cause,
      hint: 'make a repository there, `kubeos repository init`, or an empty directory that uploads fill',
    });
  }
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG']);

async function openPlain(place: string): Promise<FileHandle | undefined> {
  try {
    return await open(place, FLAGS);
  } catch (error) {
    if (error instanceof Error && 'code' in error && ABSENT.has(String(error.code)))
      return undefined;
    throw error;
  }
}
