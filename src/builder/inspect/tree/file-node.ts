export type NodeKind =
  'file' | 'directory' | 'link' | 'character-device' | 'block-device' | 'fifo' | 'socket';

/** Bytes of a file: runs in some other file, in order. */
export interface Content {
  readonly file: string;
  readonly runs: readonly Run[];
}

export interface Run {
  /** Bytes from the start of the file that holds them; null: a hole, which reads as zeros. */
  readonly position: number | null;
  readonly length: number;
}

/** One path of a file system, whatever file system it was read from. */
export interface FileNode {
  /** Absolute; the root directory is "/". */
  readonly path: string;
  readonly kind: NodeKind;
  /** Permission bits with set-user-id, set-group-id and sticky, at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  /** Of a symbolic link. */
  readonly target: string | null;
  /** Of a regular file. */
  readonly content: Content | null;
  /** Extended attributes, values in hex; null: the reader cannot tell. */
  readonly attributes: ReadonlyMap<string, string> | null;
}

/** All paths of a file system, in the order of their names. */
export type FileTree = ReadonlyMap<string, FileNode>;

const KINDS: ReadonlyMap<number, NodeKind> = new Map([
  [0o10, 'file'],
  [0o04, 'directory'],
  [0o12, 'link'],
  [0o02, 'character-device'],
  [0o06, 'block-device'],
  [0o01, 'fifo'],
  [0o14, 'socket'],
]);

/** The kind in the upper bits of `st_mode` (inode(7)); undefined for a value that means nothing. */
export function kindOf(stMode: number): NodeKind | undefined {
  return KINDS.get(stMode >> 12);
}

/** A name as text; bytes that are not UTF-8 become `\xNN`, so that two names never look the same. */
export function decodeName(bytes: Uint8Array): string {
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.includes('\ufffd')) return text;
  return Buffer.from(bytes)
    .toString('latin1')
    .replaceAll(/[\x80-\xff]/g, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`);
}
