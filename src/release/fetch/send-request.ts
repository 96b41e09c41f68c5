import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { freeReads } from './free-reads.ts';
import type { HttpAgents } from './http-agents.ts';
import type { HttpLimits } from './http-limits.ts';
import { shownReason, shownUrl } from './shown-url.ts';
import { SourceError } from './source.ts';
import type { TransferBudget } from './transfer-budget.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agents: HttpAgents;
  readonly limits: HttpLimits;
  readonly signal: AbortSignal;
  /** Told what came where no answer did; what comes with an answer is for its reader to count. */
  readonly budget?: Pick<TransferBudget, 'add'>;
}

/** The head of an answer has come; its body is for the caller to read or to destroy. */
export interface HttpAnswer {
  readonly response: IncomingMessage;
  /** Bytes that came over the connection for this answer until now, its head included. */
  received(): number;
  /** Told of each chunk of the body by a reader that wants memory of the connection freed. */
  readonly seen: (chunk: Uint8Array) => void;
}

/** Longer heads end in an error (node:http, HPE_HEADER_OVERFLOW). */
const MAX_HEAD_BYTES = 8192;

/**
 * One GET, until the head of its answer.
 *
 * @throws SourceError `broken`, or `refused` where TLS finds the server not to be who it should
 */
export async function sendRequest(given: HttpRequest): Promise<HttpAnswer> {
  const first = await attempt(given);
  if (first !== 'keptConnectionClosed') return first;
  const second = await attempt(given);
  if (second !== 'keptConnectionClosed') return second;
  throw new SourceError('broken', `${shownUrl(given.url)}: connections are closed again and again`);
}

async function attempt(given: HttpRequest): Promise<HttpAnswer | 'keptConnectionClosed'> {
  const { url, headers, agents, signal } = given;
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = send(url, {
    agent: agents.agentFor(url),
    headers,
    signal,
    maxHeaderSize: MAX_HEAD_BYTES,
  });
  const { received, seen } = connectionOf(request);
  try {
    const response = await answerTo(request, received, given);
    return { response, received, seen };
  } catch (cause) {
    request.destroy();
    given.budget?.add(received());
    if (signal.aborted) throw signal.reason;
    if (request.reusedSocket && codeOf(cause) === 'ECONNRESET') return 'keptConnectionClosed';
    throw asSourceError(url, cause);
  }
}

/** What comes over its connection from when the request has it. */
function connectionOf(request: ClientRequest): Pick<HttpAnswer, 'received' | 'seen'> {
  let received = (): number => 0;
  let seen: HttpAnswer['seen'] = () => {};
  request.once('socket', (socket) => {
    const before = socket.bytesRead;
    received = () => socket.bytesRead - before;
    const reads = freeReads(socket);
    seen = reads.seen;
    request.once('close', reads.stop);
  });
  return { received: () => received(), seen: (chunk) => seen(chunk) };
}

async function answerTo(
  request: ClientRequest,
  received: () => number,
  { url, limits }: HttpRequest,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const fail = (why: string): void => reject(new SourceError('broken', `${shownUrl(url)}: ${why}`));
  const late = (what: string, ms: number): NodeJS.Timeout =>
    setTimeout(() => fail(`no ${what} within ${ms / 1000} s`), ms);
  let timer = late('connection', limits.connectMs);
  request.on('socket', (socket) => {
    const connected = (): void => {
      clearTimeout(timer);
      timer = late('answer', limits.headMs);
    };
    if (!socket.connecting) connected();
    else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
  });
  // Any number of 1xx may come before the answer (RFC 9110, 15.2), each with a head that is short enough.
  request.on('information', () => {
    if (received() > MAX_HEAD_BYTES) fail('only announces an answer');
  });
  request.on('response', resolve);
  // It stays after the answer: a connection that breaks later is told by the body.
  request.on('error', reject);
  request.end();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function asSourceError(url: URL, cause: unknown): SourceError {
  if (cause instanceof SourceError) return cause;
  const code = codeOf(cause);
  const said = cause instanceof Error && cause.message !== '' ? cause.message : code;
  const why = shownReason(said);
  if (!/CERT|SELF_SIGNED|ISSUER|LEAF_SIGNATURE|_SSL_/.test(code)) {
    return new SourceError('broken', `${shownUrl(url)}: ${why}`, { cause });
  }
  return new SourceError('refused', `${shownUrl(url)}: ${why}`, {
    cause,
    hint: 'check the name in the address, the CA that is given, and the client certificate',
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
