import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { flush } from '../../../disk/flush-tree.ts';

/** The steps of a commit that change a disk, one by one: a test stops before each. */
export interface CommitFiles {
  readonly makeFolder: (folder: string) => Promise<unknown>;
  /** Writes and flushes. */
  readonly write: (file: string, text: string) => Promise<void>;
  readonly rename: (from: string, to: string) => Promise<void>;
  readonly flush: (place: string) => Promise<void>;
  readonly remove: (place: string) => Promise<void>;
}

export const commitFiles: CommitFiles = {
  makeFolder: (folder) => mkdir(folder, { recursive: true }),
  write: (file, text) => writeFile(file, text, { flush: true }),
  rename,
  flush,
  remove: (place) => rm(place, { recursive: true, force: true }),
};
