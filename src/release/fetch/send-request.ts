import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { HttpAgents } from './http-agents.ts';
import type { HttpLimits } from './http-limits.ts';
import { SourceError } from './source.ts';

export interface HttpRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agents: HttpAgents;
  readonly limits: HttpLimits;
  readonly signal: AbortSignal;
}

/** The head of an answer has come; its body is for the caller to read or to destroy. */
export interface HttpAnswer {
  readonly response: IncomingMessage;
  /** Bytes that came over the connection for this answer until now, its head included. */
  received(): number;
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
  throw new SourceError('broken', `${given.url.href}: connections are closed again and again`);
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
  try {
    return await answerTo(request, given);
  } catch (cause) {
    request.destroy();
    if (signal.aborted) throw signal.reason;
    if (request.reusedSocket && codeOf(cause) === 'ECONNRESET') return 'keptConnectionClosed';
    throw asSourceError(url, cause);
  }
}

async function answerTo(request: ClientRequest, { url, limits }: HttpRequest): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const late = (what: string, ms: number): NodeJS.Timeout =>
    setTimeout(() => {
      reject(new SourceError('broken', `${url.href}: no ${what} within ${ms / 1000} s`));
    }, ms);
  let timer = late('connection', limits.connectMs);
  let before = 0;
  request.on('socket', (socket) => {
    before = socket.bytesRead;
    const connected = (): void => {
      clearTimeout(timer);
      timer = late('answer', limits.headMs);
    };
    if (!socket.connecting) connected();
    else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
  });
  request.on('response', (response) => {
    const { socket } = response;
    resolve({ response, received: () => socket.bytesRead - before });
  });
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
  const why = cause instanceof Error && cause.message !== '' ? cause.message : code;
  if (!/CERT|SELF_SIGNED|ISSUER|_SSL_/.test(code)) {
    return new SourceError('broken', `${url.href}: ${why}`, { cause });
  }
  return new SourceError('refused', `${url.href}: ${why}`, {
    cause,
    hint: 'check the name in the address, the CA that is given, and the client certificate',
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
