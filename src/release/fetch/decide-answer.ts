import type { IncomingHttpHeaders } from 'node:http';
import type { SourceFailure } from './source.ts';

/** What of an answer matters. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** A part of a file of known length, or a whole file that may be up to `maxBytes` long. */
export type Wanted =
  | {
      readonly kind: 'range';
      readonly start: number;
      readonly end: number;
      readonly fileBytes: number;
      readonly mayReadFromBeginning: boolean;
    }
  | { readonly kind: 'small'; readonly maxBytes: number };

export type AnswerDecision =
  /** Read `bodyBytes` of the body (at most so many, where its length was not told), and drop the first `skip`. */
  | { readonly kind: 'body'; readonly skip: number; readonly bodyBytes: number }
  | { readonly kind: 'redirect'; readonly location: string }
  | {
      readonly kind: 'failure';
      readonly failure: SourceFailure;
      readonly why: string;
      readonly retryAfterMs: number;
    };

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MISSING = new Set([403, 404, 410]);
const BUSY = new Set([429, 503]);

/** No server keeps a client waiting longer by one answer. */
const MAX_RETRY_AFTER_MS = 10 * 60_000;

/** What to do with an answer, of which nothing is believed that can be checked (RFC 9110). `now` in ms since 1970. */
export function decideAnswer(head: AnswerHead, wanted: Wanted, now: number): AnswerDecision {
  const { status, headers } = head;
  if (REDIRECTS.has(status)) return redirect(headers);
  // A bucket answers 403 for what is not there (S3 without ListBucket); TUF clients take both for missing.
  if (MISSING.has(status)) return failure('missing', `answered ${status}`);
  if (BUSY.has(status)) {
    const retryAfterMs = retryAfter(headers['retry-after'], now);
    return { ...failure('busy', `answered ${status}`), retryAfterMs };
  }
  if (status === 401) return failure('refused', 'answered 401: it wants other credentials');
  if (status !== 200 && status !== 206) return failure('broken', `answered ${status}`);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return failure('broken', `sent the content encoding ${encoding}`);
  return status === 206 ? partOf(headers, wanted) : wholeOf(headers, wanted);
}

function redirect({ location }: IncomingHttpHeaders): AnswerDecision {
  return location === undefined
    ? failure('broken', 'answered a redirect without a location')
    : { kind: 'redirect', location };
}

/** RFC 9110, 15.3.7 and 14.4: what came must be exactly what was asked for. */
function partOf(headers: IncomingHttpHeaders, wanted: Wanted): AnswerDecision {
  if (wanted.kind === 'small') return failure('broken', 'sent a part of a file unasked');
  const { start, end, fileBytes } = wanted;
  const range = headers['content-range'] ?? 'none';
  const expected = `bytes ${start}-${end - 1}/`;
  if (range !== `${expected}${fileBytes}` && range !== `${expected}*`) {
    return failure('broken', `sent the range "${range}", expected "${expected}${fileBytes}"`);
  }
  const length = lengthOf(headers);
  if (length !== null && length !== end - start) {
    return failure('broken', `announces ${length} bytes of a range of ${end - start}`);
  }
  return { kind: 'body', skip: 0, bodyBytes: end - start };
}

function wholeOf(headers: IncomingHttpHeaders, wanted: Wanted): AnswerDecision {
  const length = lengthOf(headers);
  if (wanted.kind === 'small') {
    return length !== null && length > wanted.maxBytes
      ? failure('broken', `announces ${length} bytes, more than ${wanted.maxBytes}`)
      : { kind: 'body', skip: 0, bodyBytes: length ?? wanted.maxBytes };
  }
  const { start, end, fileBytes, mayReadFromBeginning } = wanted;
  if (length !== null && length !== fileBytes) {
    return failure('broken', `announces ${length} bytes, expected ${fileBytes}`);
  }
  const isWhole = start === 0 && end === fileBytes;
  return isWhole || mayReadFromBeginning
    ? { kind: 'body', skip: start, bodyBytes: end }
    : failure('rangeIgnored', 'sends only whole files (it ignores Range)');
}

function lengthOf(headers: IncomingHttpHeaders): number | null {
  const length = headers['content-length'];
  return length === undefined ? null : Number(length);
}

/** Seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(value: string | undefined, now: number): number {
  if (value === undefined) return 0;
  const ms = /^\d{1,9}$/.test(value) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isFinite(ms) ? Math.min(Math.max(ms, 0), MAX_RETRY_AFTER_MS) : 0;
}

function failure(kind: SourceFailure, why: string): AnswerDecision & { kind: 'failure' } {
  return { kind: 'failure', failure: kind, why, retryAfterMs: 0 };
}
