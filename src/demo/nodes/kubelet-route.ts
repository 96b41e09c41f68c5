import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import path from 'node:path';
import type { Duplex } from 'node:stream';

export const KUBELET_PORT = 10_250;

/** A node whose address leads nowhere on this host. */
export interface DistantNode {
  readonly address: string;
  readonly dialKubelet: () => Promise<Socket>;
}

/** The way of an API server to the kubelets of such nodes: `kubectl logs`, `exec` and `port-forward` go by it. */
export interface KubeletRoute extends AsyncDisposable {
  /** File for its `--egress-selector-config-file`. */
  readonly configuration: string;
  /** Replaces what was said of this address before. */
  readonly lead: (node: DistantNode) => void;
}

/** A proxy that takes CONNECT on a socket (https://kubernetes.io/docs/tasks/extend-kubernetes/setup-konnectivity/). */
export async function openKubeletRoute(folder: string): Promise<KubeletRoute> {
  const udsName = path.join(folder, 'kubelets.sock');
  const nodes = new Map<string, DistantNode>();
  const open = new Set<Duplex>();
  const server = createServer();
  server.on('connect', ({ url = '' }: IncomingMessage, from: Duplex) => {
    hold(from, open);
    connectTo(nodes.get(url), from).then(
      (to) => join(from, hold(to, open)),
      () => from.end('HTTP/1.1 502 Bad Gateway\r\n\r\n'),
    );
  });
  await once(server.listen(udsName), 'listening');
  const configuration = path.join(folder, 'egress.json');
  await writeFile(configuration, JSON.stringify(egressBy(udsName)));
  return {
    configuration,
    lead: (node) => void nodes.set(`${node.address}:${KUBELET_PORT}`, node),
    async [Symbol.asyncDispose]() {
      const closed = once(server.close(), 'close');
      for (const one of open) one.destroy();
      server.closeAllConnections();
      await closed;
    },
  };
}

const egressBy = (udsName: string): object => ({
  ...{ apiVersion: 'apiserver.k8s.io/v1beta1', kind: 'EgressSelectorConfiguration' },
  egressSelections: [
    {
      name: 'cluster',
      connection: { proxyProtocol: 'HTTPConnect', transport: { uds: { udsName } } },
    },
  ],
});

function hold<Held extends Duplex>(one: Held, open: Set<Duplex>): Held {
  open.add(one);
  one.on('error', () => one.destroy()).on('close', () => open.delete(one));
  return one;
}

async function connectTo(node: DistantNode | undefined, from: Duplex): Promise<Socket> {
  if (node === undefined) throw new Error('no such node');
  const to = await node.dialKubelet();
  from.write('HTTP/1.1 200 Connection established\r\n\r\n');
  return to;
}

function join(from: Duplex, to: Duplex): void {
  from.pipe(to).on('close', () => from.destroy());
  to.pipe(from).on('close', () => to.destroy());
}
