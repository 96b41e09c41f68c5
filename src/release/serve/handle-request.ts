import type { IncomingMessage, ServerResponse } from 'node:http';
import { KubeosError, type ErrorCode } from '../../errors.ts';
import { answerRead, pathOf, type Outcome, type ReadSite } from './answer-read.ts';
import { clientOf, type PaceClient } from './client-rates.ts';
import { NOT_FOUND, sendProblem } from './problem.ts';
import { certificateName } from './client-certificate.ts';
import type { AccessEntry } from './access-log.ts';
import { methodLabel, type ServeMetrics } from './serve-metrics.ts';

/** What a server answers from. */
export interface Site {
  readonly find: ReadSite['find'];
  readonly chunkMs: number;
  readonly pace: PaceClient | null;
  /** Answers below /upload/, where uploads are taken. */
  readonly upload: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | null;
  readonly isStopping: () => boolean;
  readonly metrics: ServeMetrics;
  readonly logAccess: (entry: AccessEntry) => void;
  /** What is wrong with this server, and not with a request. */
  readonly reportFault: (error: unknown) => void;
}

/** Answers one request, whatever it is. Never throws. */
export async function handleRequest(
  request: IncomingMessage,
  response: ServerResponse,
  site: Site,
): Promise<void> {
  const startedMs = performance.now();
  const time = new Date().toISOString();
  const client = clientOf(request.socket.remoteAddress);
  const user = certificateName(request.socket);
  if (site.isStopping()) response.setHeader('Connection', 'close');
  const closed = new Promise((resolve) => response.once('close', resolve));
  const outcome = await outcomeOf(request, response, { ...site, client });
  await closed;
  const milliseconds = performance.now() - startedMs;
  const isCut = !response.writableFinished;
  count(site.metrics, { request, response, outcome, milliseconds, isCut });
  site.logAccess({
    time,
    client,
    user,
    method: request.method ?? '',
    path: request.url ?? '',
    status: response.statusCode,
    bytes: outcome.bytes,
    milliseconds: Math.round(milliseconds * 10) / 10,
    range: request.headers.range ?? null,
    agent: request.headers['user-agent'] ?? null,
    origin: outcome.origin,
    isCut,
  });
}

interface ClientSite extends Site {
  readonly client: string;
}

async function outcomeOf(
  request: IncomingMessage,
  response: ServerResponse,
  site: ClientSite,
): Promise<Outcome> {
  try {
    return await route(request, response, site);
  } catch (error) {
    const status = request.socket.destroyed ? CLIENT_LEFT : statusOf(error);
    if (status === 500) site.reportFault(error);
    // Half an answer must not look like a whole one.
    if (response.headersSent) response.destroy();
    else sendProblem(response, problemOf(error, status));
    return { kind: 'none', bytes: 0, origin: null };
  }
}

const STATUS_BY_CODE: Partial<Record<ErrorCode, number>> = {
  NETWORK: 502,
  UNTRUSTED: 502,
  RELEASE_INVALID: 502,
  TIMED_OUT: 504,
  NO_SPACE: 507,
  CANCELLED: 503,
};

/** For the log alone: nobody is there to answer. nginx has the same number. */
const CLIENT_LEFT = 499;

function statusOf(error: unknown): number {
  if (error instanceof KubeosError) return STATUS_BY_CODE[error.code] ?? 500;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return ['ENOSPC', 'EDQUOT'].includes(code) ? 507 : 500;
}

/** A fault of this server is told in its own log: its paths and stacks are nobody else's business. */
function problemOf(error: unknown, status: number) {
  if (!(error instanceof KubeosError) || status === 500)
    return { status, title: 'The server failed' };
  return { status, title: error.message, code: error.code };
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  site: ClientSite,
): Promise<Outcome> {
  const path = pathOf(request);
  if (path === '/healthz') return answerHealth(response, site);
  if (!path.startsWith('/upload/')) {
    const { pace, client } = site;
    const flow = {
      chunkMs: site.chunkMs,
      pace: pace === null ? null : (bytes: number, gone: AbortSignal) => pace(client, bytes, gone),
    };
    return await answerRead(request, response, { find: site.find, flow });
  }
  if (site.upload === null) sendProblem(response, NOT_FOUND);
  else await site.upload(request, response);
  return { kind: 'upload', bytes: 0, origin: null };
}

/** 503 while the server stops: a load balancer sends its next requests elsewhere. */
function answerHealth(response: ServerResponse, { isStopping }: Site): Outcome {
  const isUp = !isStopping();
  response.writeHead(isUp ? 200 : 503, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
  });
  response.end(isUp ? 'ok\n' : 'stopping\n');
  return { kind: 'health', bytes: 0, origin: null };
}

function count(
  metrics: ServeMetrics,
  answered: {
    readonly request: IncomingMessage;
    readonly response: ServerResponse;
    readonly outcome: Outcome;
    readonly milliseconds: number;
    readonly isCut: boolean;
  },
): void {
  const { request, response, outcome, milliseconds, isCut } = answered;
  const { kind, bytes } = outcome;
  const method = methodLabel(request.method ?? '');
  metrics.requests.inc({ method, kind, status: response.statusCode });
  metrics.seconds.observe({ kind }, milliseconds / 1000);
  metrics.sentBytes.inc(bytes);
  if (isCut) metrics.cut.inc();
}
