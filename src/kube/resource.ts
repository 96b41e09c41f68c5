import { z } from 'zod';

/** A kind of objects that is kept up to date. */
export interface WatchedResource<T> {
  /** Such as `/api/v1/nodes`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** What is kept of an object; everything else of it is forgotten at once. */
  readonly schema: z.ZodType<T>;
  /** What tells one object from another, such as its name. */
  readonly keyOf: (object: T) => string;
  /** Whether an object says the same as before, so that nobody has to look. Default: all that is kept of it is equal. */
  readonly isSame?: (before: T, now: T) => boolean;
}

export const unreadable = (path: string, error: z.ZodError): string =>
  `an object of ${path} is not as it should be and is left out: ${z.prettifyError(error)}`;
