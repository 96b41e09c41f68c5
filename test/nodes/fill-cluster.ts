import { deployWorkload, untilNodesReady } from '../../src/demo/nodes/fill-cluster.ts';
import { runKubeos } from '../rollout/run-kubeos.ts';
import type { NodeFleet } from './fleet.ts';

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
  const watch = { signal: new AbortController().signal, say: () => undefined, patienceMs };
  await untilNodesReady(cluster, names, watch);
  const installed = ['--image', `kubeos.local/kubeos@${image}`, '--operator-nodes', 'any'];
  const { exitCode, stderr } = await runKubeos(cluster, 'install', '--apply', ...installed);
  if (exitCode !== 0) throw new Error(stderr);
  await deployWorkload(cluster, watch);
}
