import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { serveMetrics, type ServeMetrics } from '../../../src/release/serve/serve-metrics.ts';
import {
  pullThrough,
  type PullThroughOptions,
} from '../../../src/release/serve/upstream/pull-through.ts';
import { serveDirectory, type Scene } from './serve-scene.ts';

export interface UpstreamServer extends AsyncDisposable {
  readonly url: URL;
  /** `METHOD path range` of each request, in order. */
  readonly asked: string[];
  readonly stop: () => Promise<void>;
}

/** A server of the test's own making. */
export async function upstreamServer(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<UpstreamServer> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push([request.method, request.url, request.headers.range ?? ''].join(' ').trim());
    answer(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  return { url: new URL(`http://127.0.0.1:${port}/`), asked, stop, [Symbol.asyncDispose]: stop };
}

/** Files as a plain server would have them. */
export function plainFiles(
  files: ReadonlyMap<string, Uint8Array>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const bytes = files.get((request.url ?? '').slice(1));
    if (bytes === undefined) {
      response.writeHead(404, { 'Content-Length': 0 }).end();
      return;
    }
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(start > 0 ? 206 : 200, {
      'Content-Length': bytes.length - start,
      'Last-Modified': 'Sun, 06 Nov 1994 08:49:37 GMT',
      ...(start > 0 ? { 'Content-Range': range } : {}),
    });
    response.end(bytes.subarray(start));
  };
}

export interface Caching {
  readonly scene: Scene;
  readonly directory: string;
  readonly metrics: ServeMetrics;
}

type CachingOptions = Partial<PullThroughOptions> & Pick<PullThroughOptions, 'upstreams'>;

/** A cache of servers, with a directory of its own. */
export async function caching(
  t: ExecutionContext,
  options: CachingOptions,
  check: (cache: Caching) => Promise<void>,
): Promise<void> {
  await using folder = await mkdtempDisposable(path.join(tmpdir(), 'kubeos-cache-'));
  const directory = options.directory ?? path.join(folder.path, 'cache');
  const metrics = serveMetrics();
  await using cache = await pullThrough({
    directory,
    tls: {},
    proxy: {},
    limitBytes: 2 ** 30,
    freshMs: 60_000,
    metrics,
    ...options,
  });
  await using scene = await serveDirectory(directory, { find: cache.find });
  await check({ scene, directory, metrics });
  t.deepEqual(scene.faults, []);
}

/** As much of a metadata file as a cache looks at. */
export function metadata(type: string, version: number): Buffer {
  return Buffer.from(JSON.stringify({ signatures: [], signed: { _type: type, version } }));
}
