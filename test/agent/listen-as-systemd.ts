import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';

/** A socket unit with Accept=yes, as far as a test needs one: each connection is served on its own. */
export interface SocketUnit extends AsyncDisposable {
  /** Ends all that is served, as a kill would. */
  endAll(): Promise<void>;
}

/** What `serve` throws ends its connection. */
export async function listenAsSystemd(
  place: string,
  serve: (socket: Socket) => Promise<unknown>,
): Promise<SocketUnit> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    void serve(socket).catch(() => socket.destroy());
  });
  await once(server.listen(place), 'listening');
  const endAll = async (): Promise<void> => {
    const closed = [...sockets].map(
      async (socket) => socket.closed || (await once(socket, 'close')),
    );
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  };
  return {
    endAll,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      await endAll();
      await closed;
    },
  };
}
