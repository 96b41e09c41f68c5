import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { locateTool } from '../../src/host/run-commands.ts';
import { HOST_ADDRESS } from '../../src/demo/nodes/node-cluster.ts';

/** A network of host nodes, away from the host's: a bridge `nodes` in a network namespace, on which this host has one address. */
export interface HostNodeNetwork extends AsyncDisposable {
  /** A file (setns(2)). */
  readonly namespace: string;
  /** Lets nodes reach a port of this host's loopback address, at the same port of HOST_ADDRESS. */
  relay(port: number): Promise<void>;
}

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** It ends with this process, and with the last node that is plugged in. */
export async function startHostNodeNetwork(): Promise<HostNodeNetwork> {
  const program = [file('host-node/network.sh'), HOST_ADDRESS];
  const args = ['--net', 'sh', ...program, process.execPath, file('host-node-listener.ts')];
  const listener = spawn(await locateTool('unshare'), args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(listener, 'exit');
  const ready = once(listener, 'message');
  await Promise.race([ready, exited.then(([code]) => Promise.reject(failed(code)))]);
  const relays: Relay[] = [];
  return {
    namespace: `/proc/${listener.pid}/ns/net`,
    relay: async (port) => {
      relays.push(relayOf(await listenInside(listener, port), port));
    },
    [Symbol.asyncDispose]: async () => {
      for (const relay of relays) relay.close();
      listener.disconnect();
      await exited;
    },
  };
}

function failed(code: unknown): Error {
  return new Error(`the network of the nodes ended with ${String(code)}`);
}

/** A socket keeps the namespace in which it was made, whoever accepts its connections. */
async function listenInside(listener: ChildProcess, port: number): Promise<Server> {
  const answered = once(listener, 'message');
  listener.send({ address: HOST_ADDRESS, port });
  const [, server] = (await answered) as [unknown, Server];
  return server;
}

interface Relay {
  readonly close: () => void;
}

function relayOf(server: Server, port: number): Relay {
  const open = new Set<Socket>();
  server.on('connection', (from: Socket) => {
    const to = connect(port, '127.0.0.1');
    for (const [one, other] of [[from, to] as const, [to, from] as const]) {
      open.add(one);
      one.on('error', () => other.destroy()).on('close', () => open.delete(one));
      one.pipe(other);
    }
  });
  return {
    close: () => {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
