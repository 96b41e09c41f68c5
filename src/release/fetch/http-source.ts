import { KubeosError } from '../../errors.ts';
import { freeBytes } from '../free-bytes.ts';
import { findFile, type FoundFile, type HttpServer } from './find-file.ts';
import { httpAgents, type ProxyVariables, type TlsFiles } from './http-agents.ts';
import { HTTP_LIMITS, type HttpLimits } from './http-limits.ts';
import { readBody } from './read-body.ts';
import { shownUrl } from './shown-url.ts';
import { SourceError, type RangeRequest, type SmallFileRequest, type Source } from './source.ts';
import type { Throttle } from './throttle.ts';
import type { TransferBudget } from './transfer-budget.ts';

export interface HttpSourceOptions {
  readonly budget: TransferBudget;
  readonly throttle: Throttle;
  readonly tls?: TlsFiles;
  readonly proxy?: ProxyVariables;
  /** The header of that name, for this origin only: `Bearer …`. User and password may also stand in the address. */
  readonly authorization?: string;
  readonly limits?: HttpLimits;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A repository on any static web server. */
export function httpSource(address: URL, options: HttpSourceOptions): Source {
  const base = withoutCredentials(address);
  const agents = httpAgents(base.origin, options);
  const { budget, throttle, limits = HTTP_LIMITS, headers = {} } = options;
  const authorization = options.authorization ?? basicOf(address);
  const server = { base, authorization, headers, agents, limits, budget };
  return {
    address: base.href,
    mirrors: 1,
    read: (path, request) => readRange({ server, throttle, path }, request),
    readSmall: async (path, request) => await readSmall({ server, throttle, path }, request),
    distrust: () => {},
    close: () => agents.close(),
  };
}

interface RemoteFile {
  readonly server: HttpServer;
  readonly throttle: Throttle;
  readonly path: string;
}

async function* readRange(file: RemoteFile, request: RangeRequest): AsyncGenerator<Buffer> {
  const { start, end, fileBytes, signal, mayReadFromBeginning = false } = request;
  const isWhole = start === 0 && end === fileBytes;
  const found = await findFile(file.server, {
    path: file.path,
    wanted: { kind: 'range', start, end, fileBytes, mayReadFromBeginning },
    headers: isWhole ? {} : { range: `bytes=${start}-${end - 1}` },
    signal,
  });
  let { skip } = found;
  let left = end - start;
  for await (const chunk of bodyOf(file, found, signal)) {
    // More than was asked for: it is dropped, with the connection.
    if (left === 0) return;
    const dropped = Math.min(skip, chunk.length);
    const part = chunk.subarray(dropped, dropped + left);
    skip -= dropped;
    left -= part.length;
    if (part.length > 0) yield part;
    freeBytes(chunk);
  }
  if (left > 0)
    throw new SourceError('broken', `${shownUrl(found.url)} ended ${left} bytes too early`);
}

async function readSmall(file: RemoteFile, request: SmallFileRequest): Promise<Buffer | null> {
  const { maxBytes, signal, isFresh = false } = request;
  try {
    const found = await findFile(file.server, {
      path: file.path,
      wanted: { kind: 'small', maxBytes },
      headers: isFresh ? { 'cache-control': 'no-cache', pragma: 'no-cache' } : {},
      signal,
    });
    return await readAll(file, found, request);
  } catch (error) {
    if (error instanceof SourceError && error.failure === 'missing') return null;
    throw error;
  }
}

async function readAll(
  file: RemoteFile,
  found: FoundFile,
  { maxBytes, signal }: SmallFileRequest,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of bodyOf(file, found, signal)) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new SourceError('broken', `${shownUrl(found.url)} is longer than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** Counted and slowed down. */
async function* bodyOf(
  { server: { limits, budget }, throttle }: RemoteFile,
  { url, answer, bodyBytes }: FoundFile,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let left = bodyBytes;
  const body = readBody(answer, {
    url,
    limits,
    signal,
    add: (received) => budget.add(received),
    check: () => budget.check(left),
  });
  for await (const chunk of body) {
    left = Math.max(0, left - chunk.length);
    answer.seen(chunk);
    await throttle(chunk.length, signal);
    yield chunk;
  }
}

function withoutCredentials(address: URL): URL {
  const base = new URL(address);
  base.username = '';
  base.password = '';
  base.search = '';
  base.hash = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/** RFC 7617. */
function basicOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const pair = `${decoded(username)}:${decoded(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // The part itself is a secret.
    throw new KubeosError('USAGE', 'user or password in the address cannot be read', {
      hint: 'write each % in them as %25',
    });
  }
}
