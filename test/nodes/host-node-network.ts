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
  /** A connection to a node. */
  dial(address: string, port: number): Promise<Socket>;
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
      const asked = { what: 'listen', address: HOST_ADDRESS, port };
      relays.push(relayOf(await askInside<Server>(listener, asked), port));
    },
    dial: async (address, port) =>
      await askInside<Socket>(listener, { what: 'dial', address, port }),
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

let lastId = 0;

/** A socket keeps the namespace in which it was made, whoever holds it. */
async function askInside<Handle>(listener: ChildProcess, what: object): Promise<Handle> {
  const id = (lastId += 1);
  const { promise, resolve, reject } = Promise.withResolvers<Handle>();
  const take = (answer: { readonly id: number; readonly fault?: string }, handle: Handle): void => {
    if (answer.id !== id) return;
    listener.off('message', take);
    if (answer.fault === undefined) resolve(handle);
    else reject(new Error(answer.fault));
  };
  listener.on('message', take);
  listener.send({ id, ...what });
  return await promise;
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
