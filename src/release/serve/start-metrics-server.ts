import { createServer } from 'node:http';
import type { ServeMetrics } from './serve-metrics.ts';
import { listen } from './listen.ts';
import type { ListenAddress } from './listen.ts';

export interface MetricsServer extends AsyncDisposable {
  readonly address: ListenAddress;
}

/** `/metrics` and `/healthz` on a listener of their own, which need not be reachable by those who fetch. */
export async function startMetricsServer(
  address: ListenAddress,
  metrics: Pick<ServeMetrics, 'registry'>,
  isStopping: () => boolean,
): Promise<MetricsServer> {
  const { registry } = metrics;
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 10_000 },
    (request, response) => {
      const send = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
        response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
        response.end(text);
      };
      if (request.url === '/healthz') {
        send(isStopping() ? 503 : 200, isStopping() ? 'stopping\n' : 'ok\n');
      } else if (request.url === '/metrics') {
        registry.metrics().then(
          (text) => send(200, text, registry.contentType),
          (error: unknown) => send(500, `${String(error)}\n`),
        );
      } else send(404, 'see /metrics and /healthz\n');
    },
  );
  server.maxConnections = 64;
  const bound = await listen(server, address);
  return {
    address: bound,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
