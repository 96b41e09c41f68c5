import { until } from '../../src/demo/control-plane/until.ts';
import type { NodeFleet } from '../../test/nodes/fleet.ts';
import { seeNode } from '../../test/nodes/look.ts';

const PATIENCE_MS = 20 * 60_000;

export interface RestartTimes {
  readonly drainSeconds: number;
  /** From the order to restart until kubelet says in the new boot that it is Ready. */
  readonly awaySeconds: number;
}

/** A node is drained, restarted and given back by hand, as one does it without kubeos. */
export async function measureRestart(fleet: NodeFleet, node: string): Promise<RestartTimes> {
  const { cluster } = fleet;
  const { bootId } = await seeNode(cluster, node);
  const startMs = performance.now();
  await cluster.kubectl(['drain', node, '--ignore-daemonsets', '--delete-emptydir-data']);
  const drainedMs = performance.now();
  await fleet.onNode(node, 'systemctl --no-block reboot');
  const isBack = async (): Promise<boolean> => {
    const seen = await seeNode(cluster, node);
    return seen.isReady && seen.bootId !== bootId;
  };
  await until(`${node} is Ready in another boot`, isBack, { boundMs: PATIENCE_MS });
  const backMs = performance.now();
  await cluster.kubectl(['uncordon', node]);
  await cluster.kubectl(['wait', 'pod', '--all', '--for=condition=Ready', '-A', '--timeout=20m']);
  const seconds = (fromMs: number, toMs: number): number => (toMs - fromMs) / 1000;
  return { drainSeconds: seconds(startMs, drainedMs), awaySeconds: seconds(drainedMs, backMs) };
}
