/** What makes the next `bytes` of the new image. */
export type Operation = Copy | Self | Delta | Frame;

/** Bytes of the base image. */
export interface Copy {
  readonly kind: 'copy';
  readonly bytes: number;
  /** In the base image. */
  readonly offset: number;
}

/** Bytes of the new image that were made before. */
export interface Self {
  readonly kind: 'self';
  readonly bytes: number;
  /** In the new image; all of it lies before this operation's own. */
  readonly offset: number;
}

/** A zstd frame, with a window of the base image as its dictionary. */
export interface Delta {
  readonly kind: 'delta';
  readonly bytes: number;
  readonly frameBytes: number;
  /** In the base image. */
  readonly dictionaryOffset: number;
  readonly dictionaryBytes: number;
}

/** A zstd frame by itself. */
export interface Frame {
  readonly kind: 'frame';
  readonly bytes: number;
  readonly frameBytes: number;
}

/** Where an operation stands: in the table, in the new image, in the pack. */
export interface Cursor {
  /** Of the operation in the raw table. */
  readonly at: number;
  /** Of its first byte in the new image. */
  readonly output: number;
  /** In the pack: of its frame, or of the next one where it has none. */
  readonly pack: number;
  /** Base offset less output offset of the last COPY; offsets in the base are told from it. */
  readonly diagonal: number;
}

/** The place behind an operation that took the table to `at`. */
export function cursorAfter(cursor: Cursor, operation: Operation, at: number): Cursor {
  return {
    at,
    output: cursor.output + operation.bytes,
    pack: cursor.pack + ('frameBytes' in operation ? operation.frameBytes : 0),
    diagonal: operation.kind === 'copy' ? operation.offset - cursor.output : cursor.diagonal,
  };
}
