/** Bytes `start` to `end`, the end excluded. */
export interface ByteSpan {
  readonly start: number;
  readonly end: number;
}

export type RangeRequest =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly span: ByteSpan }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: RangeRequest = { kind: 'whole' };
const UNSATISFIABLE: RangeRequest = { kind: 'unsatisfiable' };

/**
 * The Range field (RFC 9110 section 14.1.2) for content of a size in bytes.
 * - Several satisfiable ranges give the whole: section 14.2 lets a server ignore them, and an answer in parts
 *   (multipart/byteranges) would cost every cache and client a second format for what two requests do as well.
 *   nginx with `max_ranges 1` does the same.
 * - Another unit than bytes is ignored (section 14.2); bytes that make no sense are refused (section 15.5.17).
 */
export function parseRange(field: string | undefined, sizeBytes: number): RangeRequest {
  const [, set] = /^bytes=(.*)$/i.exec(field ?? '') ?? [];
  if (set === undefined || sizeBytes === 0) return WHOLE;
  const spans: ByteSpan[] = [];
  for (const range of set.split(',')) {
    const span = parseSpan(range.trim(), sizeBytes);
    if (span === undefined) return UNSATISFIABLE;
    if (span.start < span.end) spans.push(span);
  }
  const [span, second] = spans;
  if (span === undefined) return UNSATISFIABLE;
  return second === undefined ? { kind: 'part', span } : WHOLE;
}

/**
 * Numbers may be of any length: who wants all that follows asks for more than there is (RFC 9110 section 14.1.2).
 *
 * @returns undefined for what is no range; an empty span for one that lies outside the content
 */
function parseSpan(range: string, sizeBytes: number): ByteSpan | undefined {
  const [, first, last] = /^(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === undefined || last === undefined || range === '-') return undefined;
  if (first === '') return { start: Math.max(0, sizeBytes - Number(last)), end: sizeBytes };
  const start = Number(first);
  if (last === '') return { start, end: sizeBytes };
  return Number(last) < start ? undefined : { start, end: Math.min(Number(last) + 1, sizeBytes) };
}
