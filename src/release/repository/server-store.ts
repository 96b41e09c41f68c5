import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { KubeosError } from '../../errors.ts';
import {
  httpAgents,
  type HttpAgents,
  type ProxyVariables,
  type TlsFiles,
} from '../fetch/http-agents.ts';
import { shownUrl } from '../fetch/shown-url.ts';
import { contentOfBytes, measure } from './content.ts';
import { TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import type { Content, RepositoryStore, StoreSession } from './repository-store.ts';
import { discard, exchange, refusalOf, type ServerRequest } from './server-exchange.ts';
import { moved, takenName } from './store-failure.ts';

export interface ServerStoreOptions {
  /** `https://images.example/`, of a `kubeos serve` that takes uploads. */
  readonly address: URL;
  /** Null: a client certificate says who we are. */
  readonly token: string | null;
  readonly tls: TlsFiles;
  readonly proxy: ProxyVariables;
  /** Ends what is under way. */
  readonly signal?: AbortSignal;
}

/**
 * A repository behind `kubeos serve`. Files are staged in a session (`PUT /upload/SESSION/PATH`), which the server
 * checks as a client would and makes visible at once (`POST /upload/SESSION/commit`, `If-Match` the timestamp that the
 * change was made on).
 *
 * @throws KubeosError USAGE for a token that would go over the network in the clear
 */
export function serverStore(options: ServerStoreOptions): RepositoryStore {
  const { address, token, tls, proxy, signal } = options;
  if (token !== null && address.protocol !== 'https:' && !isLoopback(address.hostname)) {
    throw new KubeosError('USAGE', `the token is not sent to ${address.origin} in the clear`, {
      hint: 'use https://',
    });
  }
  const base = address.href.endsWith('/') ? address : new URL(`${address.href}/`);
  const agents = httpAgents(address.origin, { tls, proxy });
  const server: Server = {
    place: shownUrl(base),
    base,
    agents,
    signal,
    upload: token === null ? {} : { Authorization: `Bearer ${token}` },
  };
  return {
    place: shownUrl(base),
    size: async (path) => await publishedSize(server, path),
    read: async (path) => await readPublished(server, path),
    begin: async () => sessionOn(server),
    close: async () => agents.close(),
  };
}

interface Server {
  readonly place: string;
  readonly base: URL;
  readonly agents: HttpAgents;
  readonly signal: AbortSignal | undefined;
  readonly upload: Readonly<Record<string, string>>;
}

function sessionOn(server: Server): StoreSession {
  // A new one after each commit: one that was committed answers that it was.
  let session = newSession();
  return {
    write: async (path, content) => await stage(server, session, { path, content }),
    async commit(timestamp, expected) {
      if (timestamp === null) throw cannot(server, 'publish without a timestamp');
      await stage(server, session, { path: TIMESTAMP_PATH, content: contentOfBytes(timestamp) });
      await commit(server, session, expected);
      session = newSession();
    },
    list: async () => await Promise.reject(cannot(server, 'list files')),
    remove: async () => await Promise.reject(cannot(server, 'remove files')),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

const newSession = (): string => randomBytes(16).toString('hex');

const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(host);

async function publishedSize(server: Server, path: string): Promise<number | null> {
  const response = await send(server, { method: 'HEAD', path, headers: FRESH });
  discard(response);
  if (response.statusCode === 404) return null;
  if (response.statusCode !== 200) throw await refusalOf(server.place, response);
  return Number(response.headers['content-length']);
}

async function readPublished(
  server: Server,
  path: string,
): Promise<AsyncIterable<Uint8Array> | null> {
  const response = await send(server, { method: 'GET', path, headers: FRESH });
  if (response.statusCode === 200) return bodyOf(server, response);
  if (response.statusCode !== 404) throw await refusalOf(server.place, response);
  discard(response);
  return null;
}

/** @throws KubeosError NETWORK when it ends before it is whole */
async function* bodyOf({ place }: Server, response: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    const body: AsyncIterable<Uint8Array> = response;
    yield* body;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeosError('NETWORK', `${place} stopped in the middle of an answer: ${why}`, {
      cause,
      hint: 'run the same command again; nothing of this change is visible yet',
    });
  }
}

/** A cache on the way may keep what was published before. */
const FRESH = { 'Cache-Control': 'no-cache', 'Accept-Encoding': 'identity' };

interface Staged {
  readonly path: string;
  readonly content: Content;
}

/** The server compares a target with the digest in its name. */
async function stage(server: Server, session: string, { path, content }: Staged): Promise<void> {
  if (path !== TIMESTAMP_PATH && (await isPublished(server, path, content))) return;
  const url = `upload/${session}/${path}`;
  const response = await send(server, {
    method: 'PUT',
    path: url,
    headers: server.upload,
    body: content,
  });
  if (response.statusCode !== 201) throw await refusalOf(server.place, response);
  discard(response);
}

async function isPublished(server: Server, path: string, content: Content): Promise<boolean> {
  const size = await publishedSize(server, path);
  if (size === null) return false;
  const chunks = size === content.size ? await readPublished(server, path) : null;
  const isSame = chunks !== null && (await measure(chunks, content.size)).sha256 === content.sha256;
  // A target is named by its digest: other bytes under its name are damage, and never another file.
  if (isSame || path.startsWith('targets/')) return isSame;
  throw takenName(server.place, path);
}

async function commit(server: Server, session: string, expected: Uint8Array | null): Promise<void> {
  const condition =
    expected === null
      ? { 'If-None-Match': '*' }
      : { 'If-Match': `"${createHash('sha256').update(expected).digest('hex')}"` };
  const response = await send(server, {
    method: 'POST',
    path: `upload/${session}/commit`,
    headers: { ...server.upload, ...condition },
  });
  if (response.statusCode === 412) throw moved(server.place);
  if (response.statusCode !== 200) throw await refusalOf(server.place, response);
  discard(response);
}

async function send(
  { base, agents, signal }: Server,
  { path, ...request }: Omit<ServerRequest, 'url'> & { readonly path: string },
) {
  return await exchange({ ...request, url: new URL(path, base) }, agents, signal);
}

function cannot({ place }: Server, what: string): KubeosError {
  return new KubeosError('USAGE', `${place} cannot ${what} over HTTP`, {
    hint: 'run this on the server, in the directory that it serves',
  });
}
