import { until } from '../../src/demo/control-plane/until.ts';
import type { NodeFleet } from '../../test/nodes/fleet.ts';
import { roll } from '../../test/nodes/journey/roll.ts';
import { seeNode } from '../../test/nodes/look.ts';

const PATIENCE_MS = 60 * 60_000;

export interface NodeTimes {
  readonly drainSeconds: number;
  /** From the order to switch until kubelet says in the new boot that it is Ready. */
  readonly awaySeconds: number;
  /** From then until it is given back: the rest of the trial, its health checks, and the commit. */
  readonly trialSeconds: number;
  readonly fetchedBytes: number | null;
}

export interface RolloutTimes {
  readonly nodes: readonly NodeTimes[];
  readonly seconds: number;
  /** What nodes did one after the other: the longest prepare, and each one's drain and switch. */
  readonly partsSeconds: number;
}

/** Both nodes are brought to a release, one at a time. */
export async function measureRollout(fleet: NodeFleet, release: string): Promise<RolloutTimes> {
  const startMs = performance.now();
  const [{ exitCode, said, report }, ...readyMs] = await Promise.all([
    roll(fleet, '--release', release),
    ...fleet.names.map(async (node) => await readyInAnotherBoot(fleet, node)),
  ]);
  const seconds = (performance.now() - startMs) / 1000;
  if (exitCode !== 0) throw new Error(said);
  const runs = fleet.names.map((name) => {
    const [run] = report.nodes.find(({ node }) => node === name)?.runs ?? [];
    if (run === undefined) throw new Error(`nothing is said of ${name}`);
    return run;
  });
  const nodes = runs.map(({ startedAt, seconds: of, fetchedBytes }, index) => {
    if (of.switch === 0) throw new Error(`nobody has said how long the switch took: ${said}`);
    const orderMs = Date.parse(startedAt) + (of.prepare + of.wait + of.drain) * 1000;
    const awaySeconds = ((readyMs[index] ?? NaN) - orderMs) / 1000;
    const trialSeconds = of.switch - awaySeconds;
    return { drainSeconds: of.drain, awaySeconds, trialSeconds, fetchedBytes };
  });
  const longest = Math.max(...runs.map(({ seconds: of }) => of.prepare));
  const each = runs.reduce((sum, { seconds: of }) => sum + of.drain + of.switch, 0);
  return { nodes, seconds, partsSeconds: longest + each };
}

/** As it is waited for by hand. */
async function readyInAnotherBoot({ cluster }: NodeFleet, node: string): Promise<number> {
  const { bootId } = await seeNode(cluster, node);
  const isBack = async (): Promise<boolean> => {
    const seen = await seeNode(cluster, node);
    return seen.isReady && seen.bootId !== bootId;
  };
  await until(`${node} is Ready in another boot`, isBack, { boundMs: PATIENCE_MS });
  return Date.now();
}
