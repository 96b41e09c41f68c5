import { connect, createServer, type Socket } from 'node:net';
import { freePort } from '../../src/demo/control-plane/free-port.ts';

export interface StallingRelay extends AsyncDisposable {
  readonly url: string;
  /** The next answer is that much late, and the last one: whatever is said after it, nobody hears. */
  readonly stall: (lateMs: number) => void;
}

/** A way to a server of this machine, on which answers come late and then not at all: no connection ends. */
export async function startStallingRelay(to: string): Promise<StallingRelay> {
  const port = await freePort();
  const target = Number(new URL(to).port);
  const sockets = new Set<Socket>();
  let lateMs = 0;
  let state: 'well' | 'late' | 'silent' = 'well';
  const answer = (client: Socket, bytes: string | Uint8Array): void => {
    if (state === 'well') client.write(bytes);
    if (state !== 'late') return;
    state = 'silent';
    setTimeout(() => client.write(bytes), lateMs).unref();
  };
  const server = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
    }
    client.on('data', (bytes) => state !== 'silent' && upstream.write(bytes));
    client.on('close', () => upstream.destroy());
    upstream.on('data', (bytes) => answer(client, bytes));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${port}`,
    stall: (ms) => {
      lateMs = ms;
      state = 'late';
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
