import type { Duplex } from 'node:stream';
import { KubeosError } from '../../errors.ts';
import { connectSsh, type SshLogin } from '../../host/ssh/connect-ssh.ts';
import { LastingConnection } from '../../host/ssh/lasting-connection.ts';

/** @param through a host on the way, to which many may share one connection */
export function connectionTo(
  login: () => Promise<SshLogin>,
  through: LastingConnection | null,
): LastingConnection {
  return new LastingConnection(async () => {
    const there = await login();
    if (through === null) return await connectSsh(there);
    return await connectSsh({ ...there, through: await channelTo(through, there) });
  });
}

/** Hosts on the way, in their order; null for none. Each is logged in at as the last one is. */
export function connectionThrough(
  jumps: readonly SshLogin[],
  undo: AsyncDisposableStack,
): LastingConnection | null {
  let way: LastingConnection | null = null;
  for (const jump of jumps) way = undo.use(connectionTo(async () => jump, way));
  return way;
}

async function channelTo(
  through: LastingConnection,
  { host, port }: Pick<SshLogin, 'host' | 'port'>,
): Promise<Duplex> {
  const client = await through.client();
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  try {
    // Throws where the connection has just been lost.
    client.forwardOut('127.0.0.1', 0, host, port, (error, channel) => {
      if (error === undefined) resolve(channel);
      else reject(error);
    });
    return await promise;
  } catch (cause) {
    throw noWay({ host, port }, cause);
  }
}

function noWay({ host, port }: Pick<SshLogin, 'host' | 'port'>, cause: unknown): KubeosError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KubeosError(
    'NETWORK',
    `the host on the way does not lead to ${host}:${port}: ${why}`,
    {
      cause,
      hint: 'look there whether that address answers, and whether its sshd has AllowTcpForwarding',
    },
  );
}
