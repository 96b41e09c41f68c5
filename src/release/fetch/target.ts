import type { PositionalReader } from '../pack/positional-reader.ts';

/** What a release is written to: a file, a partition. */
export interface Target {
  /** For people. */
  readonly address: string;
  /** Bytes that fit. */
  readonly size: number;
  /** It was made just now: it reads as zeros everywhere. */
  readonly isBlank: boolean;
  readonly read: PositionalReader;
  /** All of the bytes, or an error. @throws KubeosError NO_SPACE */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** What was written is on the disk when it returns (fdatasync(2)). */
  flush(): Promise<void>;
}

/** The image that a node runs, to take blocks from. It is believed no more than what a network brings. */
export interface Base {
  /** Digest of its release, where that is known: a delta pack is listed by it. */
  readonly release: string | null;
  /** Hashes of its blocks, and of all of it. */
  readonly table: BaseTable;
  readonly read: PositionalReader;
}

export interface BaseTable {
  readonly imageBytes: number;
  readonly imageSha256: Uint8Array;
  readonly blocks: readonly { readonly sha256: Uint8Array }[];
}
