import type { IncomingHttpHeaders } from 'node:http';
import { httpDate, parseHttpDate } from './http-date.ts';
import { parseRange, type ByteSpan } from './parse-range.ts';

/** What conditions and ranges are judged by. */
export interface Representation {
  readonly sizeBytes: number;
  /** A strong validator with its quotes. */
  readonly etag: string;
  readonly modifiedMs: number;
}

/** What a GET or HEAD of a representation is answered with. */
export type Answer =
  { readonly status: 200 | 206; readonly span: ByteSpan } | { readonly status: 304 | 412 | 416 };

/** Preconditions in the order of RFC 9110 section 13.2.2, then the range. */
export function planAnswer(
  method: 'GET' | 'HEAD',
  headers: IncomingHttpHeaders,
  representation: Representation,
): Answer {
  const failed = failedPrecondition(headers, representation);
  if (failed !== undefined) return { status: failed };
  const { sizeBytes } = representation;
  // Range is defined for GET alone (RFC 9110 section 14.2).
  const isPart = method === 'GET' && isRangeCurrent(headers, representation);
  const range = parseRange(isPart ? headers.range : undefined, sizeBytes);
  switch (range.kind) {
    case 'whole':
      return { status: 200, span: { start: 0, end: sizeBytes } };
    case 'part':
      return { status: 206, span: range.span };
    case 'unsatisfiable':
      return { status: 416 };
    default:
      return range satisfies never;
  }
}

function failedPrecondition(
  headers: IncomingHttpHeaders,
  { etag, modifiedMs }: Representation,
): 304 | 412 | undefined {
  const match = headers['if-match'];
  const unmodified = parseHttpDate(headers['if-unmodified-since']);
  if (match !== undefined) {
    if (!listHasTag(match, etag, 'strong')) return 412;
  } else if (unmodified !== undefined && inSeconds(modifiedMs) > inSeconds(unmodified)) return 412;
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) return listHasTag(noneMatch, etag, 'weak') ? 304 : undefined;
  const since = parseHttpDate(headers['if-modified-since']);
  return since !== undefined && inSeconds(modifiedMs) <= inSeconds(since) ? 304 : undefined;
}

/** If-Range (RFC 9110 section 13.1.5): the same entity tag, or exactly the same date. */
function isRangeCurrent(
  headers: IncomingHttpHeaders,
  { etag, modifiedMs }: Representation,
): boolean {
  const field = headers['if-range'];
  if (field === undefined) return true;
  // Node's type is a list for every field that it does not know; a repeated If-Range is joined, and equals nothing.
  const value = String(field);
  return value === etag || value === httpDate(modifiedMs);
}

/** Weak comparison takes `W/"x"` for `"x"` (RFC 9110 section 8.8.3.2); our own tags are all strong. */
function listHasTag(field: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (field.trim() === '*') return true;
  const tags = field.match(/(?:W\/)?"[^"]*"/g) ?? [];
  return tags.some((tag) => tag === etag || (comparison === 'weak' && tag === `W/${etag}`));
}

function inSeconds(timeMs: number): number {
  return Math.floor(timeMs / 1000);
}
