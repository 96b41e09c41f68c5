import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { threadId } from 'node:worker_threads';

/**
 * A port of the loopback address that nobody has. etcd and the API server must be told theirs, so it is from below the
 * range that Linux gives outgoing connections (ip_local_port_range): none of those can take it meanwhile.
 * It stays free until then as far as we are concerned: none is given twice, and others who draw at the same time draw from
 * another part.
 */
export async function freePort(): Promise<number> {
  const first = FIRST + ((process.pid + threadId) % PARTS) * PART;
  for (;;) {
    const port = randomInt(first, first + PART);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

const FIRST = 20_000;
const PARTS = 60;
const PART = 200;
const given = new Set<number>();

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const listening = once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.listen(port, '127.0.0.1');
  if (!(await listening)) return false;
  server.close();
  await once(server, 'close');
  return true;
}

export async function isListening(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isThere = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return isThere;
}
