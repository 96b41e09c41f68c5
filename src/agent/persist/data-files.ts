import { lstat, mkdir, readdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { flush } from '../../disk/flush-tree.ts';
import { KubeosError } from '../../errors.ts';
import type { CommandReader } from '../command-runner.ts';

/** What is done to files on PERSIST. A test stops in the middle of it. */
export interface DataFiles {
  readonly exists: (place: string) => Promise<boolean>;
  /** Names in a directory; none where there is none. */
  readonly list: (directory: string) => Promise<readonly string[]>;
  readonly read: (file: string) => Promise<string>;
  /** Of all files below, as they are read. */
  readonly bytesOf: (place: string) => Promise<number>;
  readonly freeBytes: (place: string) => Promise<number>;
  readonly write: (file: string, text: string) => Promise<void>;
  readonly makeDirectory: (directory: string) => Promise<void>;
  /** With owner, mode, times and attributes. @throws KubeosError HOST_NOT_READY */
  readonly copy: (from: string, to: string) => Promise<void>;
  readonly remove: (place: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  /** What lies there, all of it, is on the disk. */
  readonly flushTree: (place: string) => Promise<void>;
  /** The names in a directory are on the disk. */
  readonly flushNames: (directory: string) => Promise<void>;
}

export function realDataFiles(run: CommandReader): DataFiles {
  return {
    exists,
    list: async (directory) => (await readdir(directory).catch(noneIfMissing)).toSorted(),
    read: async (file) => await readFile(file, 'utf8'),
    bytesOf,
    freeBytes: async (place) => {
      const { bavail, bsize, ffree } = await statfs(place);
      return ffree === 0 ? 0 : bavail * bsize;
    },
    write: async (file, text) => await writeFile(file, text),
    makeDirectory: async (directory) => void (await mkdir(directory, { recursive: true })),
    copy: async (from, to) => {
      const args = ['--archive', '--no-target-directory', from, to];
      const { exitCode } = await run('cp', args, { isLogged: true });
      if (exitCode === 0) return;
      throw new KubeosError('HOST_NOT_READY', `${from} could not be copied`, {
        hint: 'journalctl -u kubeos-data says more; PERSIST may be full',
      });
    },
    remove: async (place) => await rm(place, { recursive: true, force: true }),
    rename,
    flushTree,
    flushNames: flush,
  };
}

async function exists(place: string): Promise<boolean> {
  return (await lstat(place).catch(nullIfMissing)) !== null;
}

/** Links, pipes and sockets have nothing to flush but their names. */
async function flushTree(place: string): Promise<void> {
  const status = await lstat(place);
  if (!status.isDirectory() && !status.isFile()) return;
  if (status.isDirectory()) {
    for (const name of await readdir(place)) await flushTree(path.join(place, name));
  }
  await flush(place);
}

async function bytesOf(place: string): Promise<number> {
  const status = await lstat(place).catch(nullIfMissing);
  if (status === null) return 0;
  if (!status.isDirectory()) return status.size;
  let bytes = status.size;
  for (const name of await readdir(place)) bytes += await bytesOf(path.join(place, name));
  return bytes;
}

const noneIfMissing = (error: unknown): string[] => (isMissing(error) ? [] : raise(error));
const nullIfMissing = (error: unknown): null => (isMissing(error) ? null : raise(error));

/** A path that leads through something that is no directory leads nowhere. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === 'ENOENT' || error.code === 'ENOTDIR');

function raise(error: unknown): never {
  throw error;
}
