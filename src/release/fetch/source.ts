import { KubeosError } from '../../errors.ts';

/** Bytes `start` (included) to `end` (excluded) of a file that is `fileBytes` long. */
export interface RangeRequest {
  readonly start: number;
  readonly end: number;
  /** Length of the whole file, as pinned by the manifest or by signed metadata. */
  readonly fileBytes: number;
  readonly signal: AbortSignal;
  /** From a server without Range: read from the beginning of the file, and drop what comes before `start`. */
  readonly mayReadFromBeginning?: boolean;
}

export interface SmallFileRequest {
  /** Nothing longer is read. */
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Ask caches on the way for what the server has now. */
  readonly isFresh?: boolean;
  /** That there is none is a good answer: it is believed though other mirrors cannot be asked. */
  readonly mayBeMissing?: boolean;
}

/** A place that holds a repository. Paths are relative to it, with "/": `targets/…`, `metadata/…`. */
export interface Source {
  /** Where it is, for people: never with credentials. */
  readonly address: string;
  /** Places that it asks. */
  readonly mirrors: number;
  /**
   * Exactly the bytes asked for, in order, or an error. A chunk is valid until the next is asked for.
   *
   * @throws SourceError; KubeosError NETWORK when the budget does not cover the range
   */
  read(path: string, request: RangeRequest): AsyncIterable<Buffer>;
  /** @returns null where there is no such file */
  readSmall(path: string, request: SmallFileRequest): Promise<Buffer | null>;
  /** What came last was damaged: the mirror that sent it is asked last from now on. */
  distrust(): void;
  /** Ends idle connections. */
  close(): void;
}

/**
 * `missing`: no such file. `busy`: asked to wait. `rangeIgnored`: the server sends only whole files.
 * `broken`: this attempt failed, another may not. `refused`: this server will not, however often it is asked.
 */
export type SourceFailure = 'missing' | 'busy' | 'rangeIgnored' | 'broken' | 'refused';

/** Why one attempt at one server failed. */
export class SourceError extends KubeosError {
  readonly failure: SourceFailure;
  /** Milliseconds that the server asked to wait; 0 where it did not. */
  readonly retryAfterMs: number;

  constructor(
    failure: SourceFailure,
    message: string,
    details: {
      readonly cause?: unknown;
      readonly hint?: string;
      readonly retryAfterMs?: number;
    } = {},
  ) {
    super('NETWORK', message, details);
    this.name = 'SourceError';
    this.failure = failure;
    this.retryAfterMs = details.retryAfterMs ?? 0;
  }
}
