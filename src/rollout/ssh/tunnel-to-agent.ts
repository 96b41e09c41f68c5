import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import { KubeosError } from '../../errors.ts';
import type { SshLogin } from '../../host/ssh/connect-ssh.ts';
import type { LastingConnection } from '../../host/ssh/lasting-connection.ts';
import { connectionThrough, connectionTo } from './connection-to.ts';

/** The agent of a node, as if it was on this host. */
export interface AgentTunnel extends AsyncDisposable {
  /** A socket that only this user reaches. */
  readonly socket: string;
}

export interface TunnelRoute {
  readonly login: SshLogin;
  /** Hosts on the way, in their order; each is logged in at as the last one is. */
  readonly jumps?: readonly SshLogin[];
  /** Of the agent, on the node. */
  readonly remoteSocket: string;
}

/**
 * Connects, then leads to the agent of one node.
 *
 * @throws KubeosError UNTRUSTED, NETWORK as `connectSsh`
 */
export async function tunnelToAgent(route: TunnelRoute): Promise<AgentTunnel> {
  const { login, jumps = [], remoteSocket } = route;
  await using undo = new AsyncDisposableStack();
  const way = connectionThrough(jumps, undo);
  const connection = undo.use(connectionTo(async () => login, way));
  await connection.client();
  const onTrouble = (): void => undefined;
  const { socket } = undo.use(await openTunnel(connection, { remoteSocket, onTrouble }));
  const held = undo.move();
  return { socket, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
}

export interface TunnelEnd {
  readonly remoteSocket: string;
  /** Told why whoever asks gets no answer. */
  readonly onTrouble: (why: KubeosError) => void;
}

/**
 * A socket here that leads to the agent's socket there, by streamlocal forwarding (OpenSSH's PROTOCOL, 2.4): whoever
 * talks to an agent need not know where it is. The connection is made when somebody does.
 */
export async function openTunnel(
  connection: LastingConnection,
  end: TunnelEnd,
): Promise<AgentTunnel> {
  await using undo = new AsyncDisposableStack();
  const directory = undo.use(await mkdtempDisposable(path.join(tmpdir(), 'kubeos-ssh-')));
  const socket = path.join(directory.path, 'agent.sock');
  const locals = new Set<Socket>();
  const server = createServer((local) => {
    locals.add(local);
    local.on('close', () => locals.delete(local));
    void forward(connection, end, local);
  });
  undo.defer(() => {
    server.close();
    for (const local of locals) local.destroy();
  });
  await once(server.listen(socket), 'listening');
  const held = undo.move();
  return { socket, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
}

/** Where there is no agent, or no right to ask it, the connection ends at once: as of a socket that nobody listens on. */
async function forward(
  connection: LastingConnection,
  { remoteSocket, onTrouble }: TunnelEnd,
  local: Socket,
): Promise<void> {
  local.on('error', () => undefined);
  try {
    const channel = await channelToSocket(connection, remoteSocket);
    channel.on('error', () => local.destroy());
    channel.on('close', () => local.destroy());
    local.on('close', () => channel.destroy());
    if (local.destroyed) channel.destroy();
    else local.pipe(channel).pipe(local);
  } catch (error) {
    local.destroy();
    if (!(error instanceof KubeosError)) throw error;
    onTrouble(error);
  }
}

async function channelToSocket(connection: LastingConnection, socket: string): Promise<Duplex> {
  const client = await connection.client();
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  try {
    client.openssh_forwardOutStreamLocal(socket, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(error);
    });
    return await promise;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new KubeosError('NETWORK', `no way to ${socket} on the node: ${why}`, {
      cause,
      hint: 'look there whether the agent runs (systemctl status kubeos-agent), and whether sshd has AllowStreamLocalForwarding and AllowTcpForwarding, without which it forwards nothing',
    });
  }
}
