/** What one client, or all of them together, may take. Bytes and milliseconds. */
export interface ServeLimits {
  readonly connections: number;
  /** All header fields of a request together; more is answered by 431. */
  readonly headerBytes: number;
  /** For the whole header of a request to arrive (slow loris). */
  readonly headerMs: number;
  /** A connection on which nothing moves. */
  readonly idleMs: number;
  /** For a client to take, or to send, 256 KiB: whoever is slower holds a connection and a file for nothing. */
  readonly chunkMs: number;
  /** How long running answers may take when the server stops. */
  readonly stopMs: number;
  /** Per client address, all of its connections together; null is no limit. */
  readonly clientBytesPerSecond: number | null;
  readonly upload: UploadLimits;
}

export interface UploadLimits {
  readonly fileBytes: number;
  readonly sessionBytes: number;
  readonly sessionFiles: number;
  readonly sessions: number;
  /** Left free on the disk by uploads. */
  readonly freeBytes: number;
  /** A session that nobody touched for so long is removed. */
  readonly staleMs: number;
}

const GIB = 2 ** 30;

export const DEFAULT_LIMITS: ServeLimits = {
  connections: 2048,
  headerBytes: 16 * 1024,
  headerMs: 10_000,
  idleMs: 60_000,
  chunkMs: 60_000,
  stopMs: 30_000,
  clientBytesPerSecond: null,
  upload: {
    fileBytes: 8 * GIB,
    sessionBytes: 64 * GIB,
    sessionFiles: 4096,
    sessions: 16,
    freeBytes: 256 * 2 ** 20,
    staleMs: 24 * 3_600_000,
  },
};
