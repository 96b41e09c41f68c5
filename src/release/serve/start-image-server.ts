import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, Server as TlsServer } from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import type { AccessEntry } from './access-log.ts';
import { paceClients } from './client-rates.ts';
import type { FindContent } from './content.ts';
import { handleRequest, type Site } from './handle-request.ts';
import { listen, type ListenAddress } from './listen.ts';
import { limitConnections } from './limit-connections.ts';
import { refuseClient } from './refuse-client.ts';
import type { ServeLimits } from './serve-limits.ts';
import type { ServeMetrics } from './serve-metrics.ts';

export interface ImageServerOptions {
  readonly listen: ListenAddress;
  /** null: plain HTTP. */
  readonly tls: TlsSettings | null;
  readonly find: FindContent;
  readonly upload: Site['upload'];
  readonly limits: ServeLimits;
  readonly metrics: ServeMetrics;
  readonly logAccess: (entry: AccessEntry) => void;
  readonly reportFault: (error: unknown) => void;
}

export interface TlsSettings {
  readonly context: SecureContextOptions;
  /** With an authority in the context: everyone needs a certificate of it, or only who uploads with one. */
  readonly clientCertificates: 'none' | 'asked' | 'required';
}

export interface ImageServer extends AsyncDisposable {
  readonly address: ListenAddress;
  readonly isStopping: () => boolean;
  /** New certificates for new connections. */
  readonly renewTls: (context: SecureContextOptions) => void;
  /** Finishes what is running, up to the deadline of the limits. */
  readonly stop: () => Promise<void>;
}

/**
 * Serves a repository until it is stopped.
 *
 * @throws KubeosError USAGE when the address cannot be used
 */
export async function startImageServer(options: ImageServerOptions): Promise<ImageServer> {
  const { limits, metrics } = options;
  let isStopping = false;
  const site: Site = {
    ...options,
    chunkMs: limits.chunkMs,
    pace: limits.clientBytesPerSecond === null ? null : paceClients(limits.clientBytesPerSecond),
    isStopping: () => isStopping,
  };
  const server = makeServer(options);
  const connections = limitConnections(server, limits.connections, metrics);
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    void handleRequest(request, response, site);
  };
  server.on('request', answer);
  // The body of an upload is not asked for before its header was judged.
  server.on('checkContinue', answer);
  server.on('clientError', (error, socket) => refuseClient(error, socket, metrics));
  const address = await listen(server, options.listen);
  const stop = async (): Promise<void> => {
    isStopping = true;
    await stopServer(server, connections.closeIdle, limits.stopMs);
  };
  return {
    address,
    isStopping: () => isStopping,
    renewTls: (context) => {
      if (server instanceof TlsServer) server.setSecureContext(context);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function makeServer({ tls, limits }: ImageServerOptions): Server {
  const common = {
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headerMs,
    // Bodies have a deadline of their own, chunk by chunk: a large one may take long.
    requestTimeout: 0,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(5000, Math.ceil(limits.headerMs / 2)),
  };
  if (tls === null) return createServer(common);
  return createTlsServer({
    ...common,
    ...tls.context,
    minVersion: 'TLSv1.2',
    handshakeTimeout: limits.headerMs,
    requestCert: tls.clientCertificates !== 'none',
    rejectUnauthorized: tls.clientCertificates === 'required',
  });
}

/** Takes no new connections, closes idle ones, and cuts what still runs at the deadline. */
async function stopServer(server: Server, closeIdle: () => void, stopMs: number): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  closeIdle();
  const timer = setTimeout(() => server.closeAllConnections(), stopMs);
  await closed;
  clearTimeout(timer);
}
