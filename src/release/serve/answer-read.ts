import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Content, FindContent } from './content.ts';
import { httpDate } from './http-date.ts';
import { planAnswer, type Answer } from './plan-answer.ts';
import { NOT_FOUND, sendProblem, type Problem } from './problem.ts';
import { parseRepositoryPath, type RepositoryPath } from '../metadata/repository-path.ts';
import { sendContent, type Flow } from './send-content.ts';

/** What became of a request; for the access log. */
export interface Outcome {
  readonly kind: 'health' | 'upload' | 'none' | RepositoryPath['kind'];
  readonly bytes: number;
  readonly origin: string | null;
}

export interface ReadSite {
  readonly find: FindContent;
  readonly flow: Flow;
}

const NOTHING_SENT = { bytes: 0, origin: null };

/** Answers a GET or HEAD of a repository's file. */
export async function answerRead(
  request: IncomingMessage,
  response: ServerResponse,
  { find, flow }: ReadSite,
): Promise<Outcome> {
  const path = parseRepositoryPath(pathOf(request).slice(1));
  const kind = path?.kind ?? 'none';
  const method = readMethod(request);
  const refuse = (problem: Problem): Outcome => {
    sendProblem(response, problem);
    return { kind, ...NOTHING_SENT };
  };
  if (method === undefined) return refuse(WRONG_METHOD);
  if (hasBody(request)) return refuse(UNWANTED_BODY);
  if (path === undefined) return refuse(NOT_FOUND);
  const isUncached = /(?:^|,)\s*no-cache\s*(?:,|$)/i.test(request.headers['cache-control'] ?? '');
  await using content = await find({ path, isUncached });
  if (content === undefined) return refuse(NOT_FOUND);
  const answer = planAnswer(method, request.headers, content);
  const bytes = await sendAnswer(response, { content, answer, path }, flow);
  return { kind, bytes, origin: content.origin };
}

const WRONG_METHOD: Problem = {
  status: 405,
  title: 'Files are read by GET and HEAD',
  headers: { Allow: 'GET, HEAD' },
};

const UNWANTED_BODY: Problem = {
  status: 413,
  title: 'A request to read has no body',
  headers: { Connection: 'close' },
};

/**
 * The path as it was sent, without a query: nothing is decoded. A target in absolute form is taken too
 * (RFC 9112 section 3.2.2).
 */
export function pathOf(request: IncomingMessage): string {
  const target = request.url ?? '';
  return target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/\?.*$/s, '');
}

function readMethod({ method }: IncomingMessage): 'GET' | 'HEAD' | undefined {
  return method === 'GET' || method === 'HEAD' ? method : undefined;
}

/** A body says nothing to a GET (RFC 9110 section 9.3.1), and would be read to its end to keep the connection. */
function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

async function sendAnswer(
  response: ServerResponse,
  { content, answer, path }: { content: Content; answer: Answer; path: RepositoryPath },
  flow: Flow,
): Promise<number> {
  const headers = { ...headersOf(path, content), ...content.headers };
  switch (answer.status) {
    case 412:
      sendProblem(response, { status: 412, title: 'It is not what the request expects' });
      return 0;
    case 416:
      sendProblem(response, {
        status: 416,
        title: 'No such bytes',
        headers: { 'Content-Range': `bytes */${content.sizeBytes}` },
      });
      return 0;
    case 304:
      response.writeHead(304, headers).end();
      return 0;
    default:
      response.writeHead(answer.status, {
        ...headers,
        ...spanHeaders(answer, content.sizeBytes),
        'Content-Type': path.path.endsWith('.json')
          ? 'application/json'
          : 'application/octet-stream',
      });
      if (response.req.method !== 'HEAD') {
        return await sendContent(response, { content, span: answer.span }, flow);
      }
      response.end();
      return 0;
  }
}

/** What RFC 9110 section 15.4.5 wants in a 304, and all other answers have too. */
function headersOf(path: RepositoryPath, content: Content): OutgoingHttpHeaders {
  return {
    'Accept-Ranges': 'bytes',
    'Cache-Control': path.kind === 'timestamp' ? 'no-cache' : 'public, max-age=31536000, immutable',
    ETag: content.etag,
    'Last-Modified': httpDate(content.modifiedMs),
    'X-Content-Type-Options': 'nosniff',
  };
}

function spanHeaders(
  { status, span }: Extract<Answer, { status: 200 | 206 }>,
  sizeBytes: number,
): OutgoingHttpHeaders {
  return {
    'Content-Length': span.end - span.start,
    ...(status === 206
      ? { 'Content-Range': `bytes ${span.start}-${span.end - 1}/${sizeBytes}` }
      : {}),
  };
}
