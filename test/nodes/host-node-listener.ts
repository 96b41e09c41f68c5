import { createServer } from 'node:net';

// Runs in the network namespace of host nodes (host-node-network.ts): hands its caller, who is in another, the sockets that it
// asks for, and holds the namespace until its caller ends.
interface Asked {
  readonly address: string;
  readonly port: number;
}

process.on('message', ({ address, port }: Asked) => {
  const server = createServer();
  server.listen(port, address, () => {
    // It is its caller's from here on: accepted here, a connection would be nobody's.
    process.send?.({ port }, server, undefined, () => server.close());
  });
});
process.send?.({ isReady: true });
