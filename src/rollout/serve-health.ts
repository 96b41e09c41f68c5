import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { KubeosError } from '../errors.ts';

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
}

export interface HealthSource {
  /** What it waits for; null: it can do its work. */
  readonly unreadyBecause: () => string | null;
  /** In Prometheus's text format, where there are any. */
  readonly metrics?: (() => Promise<string>) | undefined;
}

/**
 * `/metrics`, where there are any. `/healthz`: the process answers, which is all that starting it anew could mend. `/readyz`:
 * it can do its work; what it waits for is said, and no reason to start it anew.
 *
 * @throws KubeosError HOST_NOT_READY where it cannot listen there
 */
export async function serveHealth(
  { host, port }: { readonly host: string; readonly port: number },
  { unreadyBecause, metrics }: HealthSource,
): Promise<HealthServer> {
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 5000 },
    (request, response) => {
      answer(request.url ?? '', response, { unreadyBecause, metrics }).catch((error: unknown) => {
        send(response, 500, error instanceof Error ? error.message : String(error));
      });
    },
  );
  server.maxConnections = 16;
  await listen(server, { host, port });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function listen(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeosError('HOST_NOT_READY', `cannot listen on ${host} port ${port}: ${why}`, {
      cause,
      hint: '--health-listen takes another address or port',
    });
  }
}

async function answer(
  url: string,
  response: ServerResponse,
  { unreadyBecause, metrics }: HealthSource,
): Promise<void> {
  if (url === '/healthz') return send(response, 200, 'ok');
  if (url === '/metrics' && metrics !== undefined) return send(response, 200, await metrics());
  if (url !== '/readyz') return send(response, 404, 'see /healthz and /readyz');
  const why = unreadyBecause();
  send(response, why === null ? 200 : 503, why ?? 'ok');
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(text.endsWith('\n') ? text : `${text}\n`);
}
