import { once } from 'node:events';
import { mkdtempDisposable } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Duplex } from 'node:stream';
import type { Client } from 'ssh2';
import { KubeosError } from '../../errors.ts';
import { connectSsh, type SshLogin } from '../../host/ssh/connect-ssh.ts';

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
 * A socket here that leads to the agent's socket there, by streamlocal forwarding (OpenSSH's PROTOCOL, 2.4): whoever
 * talks to an agent need not know where it is.
 *
 * @throws KubeosError UNTRUSTED, NETWORK as `connectSsh`
 */
export async function tunnelToAgent({
  login,
  jumps = [],
  remoteSocket,
}: TunnelRoute): Promise<AgentTunnel> {
  await using undo = new AsyncDisposableStack();
  const open = async (hop: SshLogin): Promise<Client> =>
    undo.adopt(await connectSsh(hop), (it) => void it.end());
  const [first, ...rest] = [...jumps, login];
  let client = await open(first);
  for (const hop of rest) client = await open({ ...hop, through: await channelTo(client, hop) });
  const directory = undo.use(await mkdtempDisposable(path.join(tmpdir(), 'kubeos-ssh-')));
  const socket = path.join(directory.path, 'agent.sock');
  const server = createServer((local) => forward(client, remoteSocket, local));
  undo.defer(() => void server.close());
  await once(server.listen(socket), 'listening');
  const held = undo.move();
  return { socket, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
}

async function channelTo(client: Client, { host, port }: SshLogin): Promise<Duplex> {
  return await new Promise((resolve, reject) => {
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(noWay({ host, port }, error));
    });
  });
}

function noWay({ host, port }: Pick<SshLogin, 'host' | 'port'>, cause: Error): KubeosError {
  const message = `the host on the way does not lead to ${host}:${port}: ${cause.message}`;
  return new KubeosError('NETWORK', message, {
    cause,
    hint: 'look there whether that address answers, and whether its sshd has AllowTcpForwarding',
  });
}

/** Where there is no agent, or no right to ask it, the connection ends at once: as of a socket that nobody listens on. */
function forward(client: Client, remoteSocket: string, local: Socket): void {
  local.on('error', () => undefined);
  client.openssh_forwardOutStreamLocal(remoteSocket, (error, channel) => {
    if (error !== undefined) {
      local.destroy();
      return;
    }
    channel.on('error', () => local.destroy());
    channel.on('close', () => local.destroy());
    local.on('close', () => channel.close());
    local.pipe(channel).pipe(local);
  });
}
