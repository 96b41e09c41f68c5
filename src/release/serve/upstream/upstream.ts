import type { HttpAgents } from '../../fetch/http-agents.ts';
import type { HttpLimits } from '../../fetch/http-limits.ts';
import { readBody } from '../../fetch/read-body.ts';
import { redirectUrl } from '../../fetch/redirect-url.ts';
import { sendRequest, type HttpAnswer } from '../../fetch/send-request.ts';
import { shownUrl } from '../../fetch/shown-url.ts';
import { SourceError } from '../../fetch/source.ts';
import { parseHttpDate } from '../http-date.ts';

/** A server that the cache fetches from. */
export interface Upstream {
  /** Ends in "/". */
  readonly base: URL;
  readonly authorization: string | undefined;
  readonly agents: HttpAgents;
  readonly limits: HttpLimits;
}

/** The rest of a file, from where it was asked for. */
export interface OpenedFile {
  /** Of the whole file. */
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly chunks: AsyncIterable<Buffer>;
  /** Lets the connection go, whether all chunks were read or none. */
  readonly close: () => void;
}

/**
 * Asks for a file from a position on.
 *
 * @returns null where this server has no such file
 * @throws SourceError
 */
export async function openUpstream(
  { base, authorization, agents, limits }: Upstream,
  {
    path,
    start,
    signal,
  }: { readonly path: string; readonly start: number; readonly signal: AbortSignal },
): Promise<OpenedFile | null> {
  let url = new URL(path, base);
  for (let hops = 0; hops <= limits.maxRedirects; hops += 1) {
    const headers = {
      'Accept-Encoding': 'identity',
      ...(start > 0 ? { Range: `bytes=${start}-` } : { 'Cache-Control': 'no-cache' }),
      ...(authorization !== undefined && url.origin === base.origin
        ? { Authorization: authorization }
        : {}),
    };
    const answer = await sendRequest({ url, headers, agents, limits, signal });
    const { location } = answer.response.headers;
    if (!isRedirect(answer) || location === undefined) {
      return openedFile(answer, { url, start, limits, signal });
    }
    answer.response.destroy();
    url = redirectUrl(url, location);
  }
  throw new SourceError('broken', `${new URL(path, base).href} redirects too often`);
}

function isRedirect({ response }: HttpAnswer): boolean {
  return [301, 302, 303, 307, 308].includes(response.statusCode ?? 0);
}

interface Asked {
  readonly url: URL;
  readonly start: number;
  readonly limits: HttpLimits;
  readonly signal: AbortSignal;
}

function openedFile(answer: HttpAnswer, asked: Asked): OpenedFile | null {
  const { response } = answer;
  const { statusCode = 0, headers } = response;
  // A bucket answers 403 for what is not there.
  if ([403, 404, 410].includes(statusCode)) {
    response.destroy();
    return null;
  }
  try {
    const { sizeBytes, skip } = extentOf(answer, asked);
    const modifiedMs = parseHttpDate(headers['last-modified']) ?? Date.now();
    const chunks = bodyAfter(answer, skip, asked);
    return { sizeBytes, modifiedMs, chunks, close: () => void response.destroy() };
  } catch (error) {
    response.destroy();
    throw error;
  }
}

/** @throws SourceError for what is no answer to the question */
function extentOf(
  { response }: HttpAnswer,
  { url, start }: Asked,
): { readonly sizeBytes: number; readonly skip: number } {
  const { statusCode, headers } = response;
  const broken = (why: string): SourceError => new SourceError('broken', `${shownUrl(url)} ${why}`);
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw broken('sent a content encoding');
  }
  if (statusCode === 206) {
    const sizeBytes = sizeOfRange(headers['content-range'], start);
    if (sizeBytes === undefined) throw broken('sent other bytes than were asked for');
    return { sizeBytes, skip: 0 };
  }
  if (statusCode !== 200) throw broken(`answered ${statusCode}`);
  const sizeBytes = Number(headers['content-length'] ?? Number.NaN);
  if (!Number.isSafeInteger(sizeBytes)) throw broken('does not say how long the file is');
  return { sizeBytes, skip: start };
}

function sizeOfRange(field: string | undefined, start: number): number | undefined {
  const [, first, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15})$/.exec(field ?? '') ?? [];
  return Number(first) === start ? Number(total) : undefined;
}

async function* bodyAfter(
  answer: HttpAnswer,
  skip: number,
  { url, limits, signal }: Asked,
): AsyncGenerator<Buffer> {
  let left = skip;
  const body = readBody(answer, {
    url,
    limits,
    signal,
    add: () => undefined,
    check: () => undefined,
  });
  for await (const chunk of body) {
    const dropped = Math.min(left, chunk.length);
    left -= dropped;
    if (dropped < chunk.length) yield chunk.subarray(dropped);
  }
}
