import { once } from 'node:events';
import type { Server } from 'node:http';
import { KubeosError } from '../../errors.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** @throws KubeosError USAGE when the address cannot be used */
export async function listen(
  server: Server,
  { host, port }: ListenAddress,
): Promise<ListenAddress> {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (error) {
    throw new KubeosError('USAGE', `cannot listen on ${host}:${port}: ${String(error)}`, {
      cause: error,
      hint: 'choose a free port of an address of this machine with --listen',
    });
  }
  const bound = server.address();
  return { host, port: typeof bound === 'object' && bound !== null ? bound.port : port };
}
