import { until } from '../../src/demo/control-plane/until.ts';
import { runKubeos } from '../rollout/run-kubeos.ts';
import type { NodeFleet } from './fleet.ts';
import { seeNode } from './look.ts';

const WORKLOAD = new URL('../../fixtures/images/node/workload.yaml', import.meta.url).pathname;

export interface Filling {
  /** Digest of the image of operator and proxy. */
  readonly image: string;
  readonly patienceMs: number;
}

/** Once its nodes are there: operator, proxies and the workload, until all pods are Ready. */
export async function fillCluster(
  { cluster, names }: Pick<NodeFleet, 'cluster' | 'names'>,
  { image, patienceMs }: Filling,
): Promise<void> {
  const areReady = async (): Promise<boolean> => await haveJoined(cluster, names);
  await until('all nodes are Ready', areReady, patienceMs);
  const installed = ['--image', `kubeos.local/kubeos@${image}`, '--operator-nodes', 'any'];
  const { exitCode, stderr } = await runKubeos(cluster, 'install', '--apply', ...installed);
  if (exitCode !== 0) throw new Error(stderr);
  await cluster.kubectl(['apply', '-f', WORKLOAD]);
  await until('all pods are Ready', async () => await haveAllPods(cluster), patienceMs);
}

async function haveJoined(
  cluster: NodeFleet['cluster'],
  names: readonly string[],
): Promise<boolean> {
  const { stdout } = await cluster.kubectl(['get', 'nodes', '-o', 'name']);
  if (stdout.trim().split('\n').length < names.length) return false;
  const seen = await Promise.all(names.map(async (name) => await seeNode(cluster, name)));
  return seen.every(({ isReady }) => isReady);
}

/** Two of each: operators, proxies, servers and counters. */
async function haveAllPods({ kubectl }: NodeFleet['cluster']): Promise<boolean> {
  const { stdout } = await kubectl(['get', 'pods', '-A', '--no-headers']);
  const lines = stdout.trim().split('\n');
  return lines.length === 8 && lines.every((line) => line.split(/\s+/)[2] === '1/1');
}
