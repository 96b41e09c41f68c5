import { readFile, stat } from 'node:fs/promises';

/** What loading a definition asks of the build host's file system. */
export interface HostFiles {
  readonly read: (file: string) => Promise<HostFileRead>;
  /** Nothing where there is nothing, or nothing that this user may see. */
  readonly kindOf: (file: string) => Promise<'file' | 'directory' | 'other' | undefined>;
}

export type HostFileRead =
  | { readonly kind: 'read'; readonly bytes: Uint8Array }
  | { readonly kind: 'unreadable'; readonly reason: string };

export const hostFiles: HostFiles = {
  async read(file) {
    try {
      return { kind: 'read', bytes: await readFile(file) };
    } catch (error) {
      return { kind: 'unreadable', reason: plainReason(error) };
    }
  },
  async kindOf(file) {
    try {
      const found = await stat(file);
      if (found.isFile()) return 'file';
      return found.isDirectory() ? 'directory' : 'other';
    } catch {
      return undefined;
    }
  },
};

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'a part of this path is a file, not a directory'],
  ['EISDIR', 'this is a directory'],
  ['EACCES', 'this user may not read it'],
  ['ELOOP', 'its symbolic links go round in a circle'],
]);

/** @throws the error itself where it is none of the file system's */
function plainReason(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) throw error;
  return REASONS.get(error.code) ?? error.message;
}
