import { once } from 'node:events';
import type { Server } from 'node:http';

export interface LocalServer extends AsyncDisposable {
  /** host:port on this machine. */
  readonly address: string;
}

export async function listenLocally(server: Server): Promise<LocalServer> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('it does not listen on a port');
  return {
    address: `127.0.0.1:${bound.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
