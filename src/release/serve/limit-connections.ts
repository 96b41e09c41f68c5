import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { chooseVictim } from './choose-victim.ts';
import { clientOf } from './client-rates.ts';
import type { ServeMetrics } from './serve-metrics.ts';

interface Connection {
  readonly socket: Socket;
  readonly client: string;
  running: number;
}

export interface LimitedConnections {
  /** Those that never sent a request too, which Node takes for busy ones. */
  readonly closeIdle: () => void;
}

/** Keeps a server to a number of connections; which one goes is `chooseVictim`'s business. */
export function limitConnections(
  server: Server,
  limit: number,
  metrics: Pick<ServeMetrics, 'connections' | 'closedConnections'>,
): LimitedConnections {
  // In the order in which they became idle.
  const connections = new Map<string, Connection>();
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    connections.set(name, { socket, client: clientOf(socket.remoteAddress), running: 0 });
    metrics.connections.set(connections.size);
    socket.once('close', () => {
      connections.delete(name);
      metrics.connections.set(connections.size);
    });
    const victim = chooseVictim([...connections.values()], limit);
    if (victim === undefined) return;
    metrics.closedConnections.inc({ reason: 'limit' });
    victim.socket.destroy();
  });
  const countRunning = (request: IncomingMessage, response: ServerResponse): void => {
    const name = nameOf(request.socket);
    const connection = connections.get(name);
    if (connection === undefined) return;
    connection.running += 1;
    response.once('close', () => {
      connection.running -= 1;
      // The last in the order again, if it still is open.
      if (connections.delete(name)) connections.set(name, connection);
    });
  };
  server.on('request', countRunning);
  server.on('checkContinue', countRunning);
  const closeIdle = (): void => {
    for (const { socket, running } of connections.values()) if (running === 0) socket.destroy();
  };
  return { closeIdle };
}

/** The same for a TLS socket and the one below it. */
function nameOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
