import type { RepositoryPath } from '../metadata/repository-path.ts';
import type { Representation } from './plan-answer.ts';

/** How an answer came about; for the access log and the metrics. */
export type Origin = 'disk' | 'cache' | 'upstream' | 'joined' | 'stale';

/** The bytes behind a path. It holds a file open until it is disposed of. */
export interface Content extends Representation, AsyncDisposable {
  readonly origin: Origin;
  /** Fields that only this content has: its age, a warning. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * Fills the buffer from a position, at once or waiting for bytes that still arrive. The position and all of the buffer lie
   * inside the content.
   *
   * @param gone called where it has to wait: aborted when nobody wants the bytes any more
   * @throws KubeosError where the bytes will never come; the reason of `gone`
   */
  readonly read: (
    buffer: Buffer,
    position: number,
    gone: () => AbortSignal,
  ) => Promise<void> | undefined;
}

export interface ContentRequest {
  readonly path: RepositoryPath;
  /** The client wants no cache's word for it (`Cache-Control: no-cache`). */
  readonly isUncached: boolean;
}

/**
 * @returns undefined where there is no such file
 * @throws KubeosError NETWORK where only another server would know
 */
export type FindContent = (request: ContentRequest) => Promise<Content | undefined>;
