import type { NodeFleet } from '../../test/nodes/fleet.ts';
import { roll } from '../../test/nodes/journey/roll.ts';

export interface NodeTimes {
  readonly drainSeconds: number;
  /** From the order to switch until it is given back: restart, trial, health, commit. */
  readonly awaySeconds: number;
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
  const { exitCode, said, report } = await roll(fleet, '--release', release);
  const seconds = (performance.now() - startMs) / 1000;
  if (exitCode !== 0) throw new Error(said);
  const runs = fleet.names.map((name) => {
    const [run] = report.nodes.find(({ node }) => node === name)?.runs ?? [];
    if (run === undefined) throw new Error(`nothing is said of ${name}`);
    return run;
  });
  const nodes = runs.map(({ seconds: of, fetchedBytes }) => {
    return { drainSeconds: of.drain, awaySeconds: of.switch, fetchedBytes };
  });
  const longest = Math.max(...runs.map(({ seconds: of }) => of.prepare));
  const each = nodes.reduce((sum, one) => sum + one.drainSeconds + one.awaySeconds, 0);
  return { nodes, seconds, partsSeconds: longest + each };
}
