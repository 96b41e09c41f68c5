import { connect, createServer } from 'node:net';

// Runs in the network namespace of host nodes (host-node-network.ts): hands its caller, who is in another, the sockets that it
// asks for, and holds the namespace until its caller ends.
interface Asked {
  readonly id: number;
  readonly what: 'listen' | 'dial';
  readonly address: string;
  readonly port: number;
}

// They are its caller's from here on: accepted here, a connection would be nobody's.
process.on('message', ({ id, what, address, port }: Asked) => {
  const fail = ({ message }: Error): void => void process.send?.({ id, fault: message });
  if (what === 'dial') {
    const socket = connect(port, address, () => process.send?.({ id }, socket));
    socket.on('error', fail);
    return;
  }
  const server = createServer();
  server.on('error', fail);
  server.listen(port, address, () => {
    process.send?.({ id }, server, undefined, () => server.close());
  });
});
process.send?.({ isReady: true });
