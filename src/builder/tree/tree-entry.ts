/** One path that the build adds to the root file system or replaces in it. */
export type TreeEntry = FileEntry | DirectoryEntry | LinkEntry;

interface Placed {
  /** Absolute path inside the image. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

export interface FileEntry extends Placed {
  readonly kind: 'file';
  /** Permission bits, for example 0o644. */
  readonly mode: number;
  readonly content: string | Uint8Array;
}

export interface DirectoryEntry extends Placed {
  readonly kind: 'directory';
  readonly mode: number;
  /** Part of a folder that is copied: where the base has it, it keeps its owner and mode. */
  readonly isOnTheWay?: true;
}

export interface LinkEntry extends Placed {
  readonly kind: 'link';
  readonly target: string;
}

export function rootFile(path: string, content: string | Uint8Array, mode = 0o644): FileEntry {
  return { kind: 'file', path, mode, uid: 0, gid: 0, content };
}

export function rootDirectory(path: string, mode = 0o755): DirectoryEntry {
  return { kind: 'directory', path, mode, uid: 0, gid: 0 };
}

export function rootLink(path: string, target: string): LinkEntry {
  return { kind: 'link', path, target, uid: 0, gid: 0 };
}
