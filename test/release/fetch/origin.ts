import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import path from 'node:path';

export interface Origin extends AsyncDisposable {
  readonly url: string;
  /** "METHOD path range", in order. */
  readonly requests: string[];
  readonly heads: IncomingMessage['headers'][];
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Serves a directory with Range, and nothing more: what any static web server does. */
export function serveFiles(directory: string): Handler {
  return async (request, response) => {
    const file = path.join(directory, new URL(request.url ?? '', 'http://x').pathname);
    const bytes = await readFile(file).catch(() => null);
    if (bytes === null) {
      response.writeHead(404).end('not here');
      return;
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (range === null) {
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
      return;
    }
    const [start, end] = [Number(range[1]), Number(range[2])];
    response
      .writeHead(206, {
        'content-length': end + 1 - start,
        'content-range': `bytes ${start}-${end}/${bytes.length}`,
      })
      .end(bytes.subarray(start, end + 1));
  };
}

/** A server on a free port, with a handler of the test's own; https where it is given a certificate. */
export async function originOf(handler: Handler, tls?: ServerOptions): Promise<Origin> {
  const requests: string[] = [];
  const heads: IncomingMessage['headers'][] = [];
  const listener: Handler = (request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.range ?? ''}`.trim());
    heads.push(request.headers);
    return handler(request, response);
  };
  const listen = (request: IncomingMessage, response: ServerResponse): void =>
    void listener(request, response);
  const server = tls === undefined ? createServer(listen) : createTlsServer(tls, listen);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}/` : `https://localhost:${port}/`,
    requests,
    heads,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
