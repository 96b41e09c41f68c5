import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What is done to the bytes that go to the client, per connection; `sent` counts those before this piece. */
export interface Fault {
  (piece: Buffer, connection: { readonly number: number; readonly sent: number }): FaultResult;
}

/** Passed on as they are, or changed; then perhaps the end of the connection, or silence. */
export interface FaultResult {
  readonly piece: Buffer;
  readonly after?: 'cut' | 'stall';
}

export interface FaultProxy extends AsyncDisposable {
  readonly url: string;
  /** Bytes that were passed on to clients. */
  bytes(): number;
  connections(): number;
}

/** Stands between client and server, and hurts the connection. */
export async function faultProxy(originUrl: string, fault: Fault): Promise<FaultProxy> {
  const { port, hostname } = new URL(originUrl);
  let bytes = 0;
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const number = (connections += 1);
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
    }
    client.pipe(upstream);
    let sent = 0;
    upstream.on('data', (data: Buffer) => {
      const { piece, after } = fault(data, { number, sent });
      sent += data.length;
      bytes += piece.length;
      client.write(piece, () => {
        if (after === 'cut') client.resetAndDestroy();
      });
      if (after !== undefined) {
        upstream.removeAllListeners('data');
        upstream.resume();
      }
    });
    upstream.on('close', () => client.end());
    client.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    bytes: () => bytes,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
