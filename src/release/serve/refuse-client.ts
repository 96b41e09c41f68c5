import type { Duplex } from 'node:stream';
import type { ServeMetrics } from './serve-metrics.ts';

interface Refusal {
  readonly reason: string;
  readonly status: string;
}

const HEADER_SIZE: Refusal = {
  reason: 'header-size',
  status: '431 Request Header Fields Too Large',
};
const HEADER_TIME: Refusal = { reason: 'header-time', status: '408 Request Timeout' };
const MALFORMED: Refusal = { reason: 'malformed', status: '400 Bad Request' };

/** For the answer to leave. */
const LEAVE_MS = 1_000;

/** Ends the connection of a client that speaks no HTTP, or too much of it, or too slowly. */
export function refuseClient(
  error: Error & { readonly code?: string },
  socket: Duplex,
  { closedConnections }: Pick<ServeMetrics, 'closedConnections'>,
): void {
  const refusal = refusalOf(error.code ?? '');
  closedConnections.inc({ reason: refusal?.reason ?? 'broken' });
  if (refusal === null || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(`HTTP/1.1 ${refusal.status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  setTimeout(() => socket.destroy(), LEAVE_MS).unref();
}

/** null where nothing can be answered: the connection broke, or TLS never came about. */
function refusalOf(code: string): Refusal | null {
  if (code === 'HPE_HEADER_OVERFLOW') return HEADER_SIZE;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return HEADER_TIME;
  return code.startsWith('HPE_') ? MALFORMED : null;
}
