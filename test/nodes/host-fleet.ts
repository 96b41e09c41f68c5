import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { copySparse } from '../../src/disk/copy-sparse.ts';
import { startAgentScene } from '../agent/agent-scene.ts';
import { fillCluster } from './fill-cluster.ts';
import type { NodeFleet } from './fleet.ts';
import { whyNoHostNodes } from './host-node-allowed.ts';
import { startHostNodeNetwork } from './host-node-network.ts';
import { startHostNode, type HostNode } from './host-node.ts';
import { KUBELET_PORT } from '../../src/demo/nodes/kubelet-route.ts';
import { HOST_ADDRESS, startNodeCluster } from '../../src/demo/nodes/node-cluster.ts';
import { withLastWords } from './last-words.ts';
import { prepareNodes } from './node-image.ts';

const NAMES = ['n1', 'n2'] as const;
/** Generous, since the machine may have other work. */
const PATIENCE_MS = 40 * 60_000;

/** Scenes with two nodes; where nodes cannot run on the host a plain message says why. */
export async function onHostFleet(
  t: ExecutionContext,
  scenes: (fleet: NodeFleet) => Promise<void>,
): Promise<void> {
  const why = await whyNoHostNodes();
  if (why !== null) {
    t.log(`not looked at: nodes cannot run on this host: ${why}`);
    t.pass();
    return;
  }
  await using fleet = await startHostFleet();
  await withLastWords(t, fleet, scenes);
}

/** Two nodes on this host's kernel that run release 1.0.0, with operator, proxies and the workload, all pods Ready. */
export async function startHostFleet(): Promise<NodeFleet> {
  await using undo = new AsyncDisposableStack();
  const { kubeos: image, folder: definitions } = undo.use(await prepareNodes());
  const scene = undo.use(await startAgentScene({ definitions, host: HOST_ADDRESS }));
  const release: NodeFleet['release'] = async (version, change) =>
    `${version}@${await scene.release(version, change)}`;
  await release('1.0.0');
  const network = undo.use(await startHostNodeNetwork());
  const { cluster, credentialsOf, lead } = undo.use(await startNodeCluster());
  for (const url of [cluster.url, scene.url]) await network.relay(Number(new URL(url).port));
  const disk = (name: string): string => path.join(scene.directory, name, 'disk.raw');
  const machines = new Map<string, HostNode>();
  for (const [index, name] of NAMES.entries()) {
    const folder = path.join(scene.directory, name);
    await mkdir(folder, { recursive: true });
    await copySparse(scene.disk('1.0.0'), disk(name));
    const address = `10.0.${index + 1}.15`;
    const machine = { name, disk: disk(name), folder, network, address };
    const credentials = await credentialsOf(name);
    machines.set(name, undo.use(await startHostNode({ ...machine, credentials })));
    lead({ address, dialKubelet: async () => await network.dial(address, KUBELET_PORT) });
  }
  await fillCluster({ cluster, names: NAMES }, { image, patienceMs: PATIENCE_MS });
  const machineOf = (name: string): HostNode => {
    const machine = machines.get(name);
    if (machine === undefined) throw new Error(`no machine ${name}`);
    return machine;
  };
  const held = undo.move();
  return {
    ...{ cluster, folder: scene.directory, names: NAMES, release, disk },
    ...{
      built: (version) => scene.disk(version),
      relay: async (port) => await network.relay(port),
    },
    onNode: async (name, line) => (await machineOf(name).run('sh', '-c', line)).stdout,
    cutPower: async (name) => {
      const { power } = machineOf(name);
      await power.cut();
      power.on();
    },
    [Symbol.asyncDispose]: async () => await held.disposeAsync(),
  };
}
