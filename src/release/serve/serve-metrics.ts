import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export type ServeMetrics = ReturnType<typeof serveMetrics>;

/** Metrics of one server, in a registry of its own. No label has values that a client chooses. */
export function serveMetrics() {
  const registry = new Registry();
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name: `kubeos_serve_${name}`, help, labelNames, registers: [registry] });
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `kubeos_serve_${name}`, help, registers: [registry] });
  return {
    registry,
    requests: counter('requests_total', 'Answered requests', ['method', 'kind', 'status']),
    cut: counter('cut_responses_total', 'Answers whose client left or was too slow'),
    sentBytes: counter('sent_bytes_total', 'Bytes of content sent'),
    seconds: new Histogram({
      name: 'kubeos_serve_request_seconds',
      help: 'From the header of a request to the end of its answer',
      labelNames: ['kind'],
      buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300],
      registers: [registry],
    }),
    connections: gauge('connections', 'Open connections'),
    closedConnections: counter(
      'closed_connections_total',
      'Connections that were closed to keep a limit, or for what they sent',
      ['reason'],
    ),
    uploads: counter('uploads_total', 'Files staged and sessions committed', ['step', 'result']),
    uploadedBytes: counter('uploaded_bytes_total', 'Bytes staged by uploads'),
    cache: counter('cache_requests_total', 'Requests to the cache', ['origin']),
    cacheBytes: gauge('cache_bytes', 'Size of the cache on disk'),
    evictedBytes: counter('cache_evicted_bytes_total', 'Bytes removed from the cache for room'),
    upstreamRequests: counter('upstream_requests_total', 'Requests to upstream servers', [
      'upstream',
      'result',
    ]),
    upstreamBytes: counter('upstream_bytes_total', 'Bytes fetched from upstream servers'),
  };
}

const METHODS = new Set(['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'PATCH']);

/** A method as a label: whoever invents methods does not invent time series. */
export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
