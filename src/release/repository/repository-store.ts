/** A file of a repository; `path` as in `metadata/timestamp.json` or `targets/SHA256.NAME`. */
export interface StoredEntry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** By the clock of the store, in milliseconds since 1970. */
  readonly modifiedMs: number;
}

/** Bytes to be stored, that can be read more than once. */
export interface Content {
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  open(): AsyncIterable<Uint8Array>;
}

/** Where a repository lies: a directory, or another machine. */
export interface RepositoryStore {
  /** For messages: `/srv/kubeos` or `sftp://host/srv/kubeos`. */
  readonly place: string;
  /** Bytes, or null where there is none. */
  size(path: string): Promise<number | null>;
  /** Null where there is none. A chunk is valid until the one after the next is asked for. */
  read(path: string): Promise<AsyncIterable<Uint8Array> | null>;
  /**
   * Begins to change it, as the only one who does.
   *
   * @throws KubeosError TIMED_OUT when another publisher keeps at it
   */
  begin(): Promise<StoreSession>;
  /** Ends connections. */
  close(): Promise<void>;
}

/** One publisher's changes. What was not committed is invisible to clients, or harmless. Disposing ends it. */
export interface StoreSession extends AsyncDisposable {
  /**
   * Stores a file that never changes, whole or not at all, flushed, and read back. One that is there with these bytes
   * stays as it is.
   *
   * @throws KubeosError USAGE when there is another file of that name, RELEASE_INVALID when the store keeps other bytes
   */
  write(path: string, content: Content): Promise<void>;
  /**
   * Replaces `metadata/timestamp.json`, and so makes everything visible; null where only other files were written.
   *
   * @param expected the bytes that it has now (null: none)
   * @throws KubeosError USAGE when another publisher replaced it
   */
  commit(timestamp: Uint8Array | null, expected: Uint8Array | null): Promise<void>;
  /** All files, with those that a publisher who was killed left behind. @throws KubeosError USAGE where a store cannot list */
  list(): Promise<readonly StoredEntry[]>;
  /** @throws KubeosError USAGE where a store cannot remove */
  remove(path: string): Promise<void>;
}
