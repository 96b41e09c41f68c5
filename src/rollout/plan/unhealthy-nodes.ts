import { inStage, type StagedFleet } from './staged-fleet.ts';
import { joined, waits, type Plan } from './step.ts';

/** What nodes in their new boot still have to show before they may commit, or are given back. */
export function unhealthyNodes(fleet: StagedFleet): Plan {
  const plans = inStage(fleet, 'switching', 'back').map(({ name: node, run }) => {
    const because = run?.unhealthy ?? null;
    return because === null ? joined([]) : waits({ node, gates: [{ gate: 'health', because }] });
  });
  return joined(plans);
}
