import { isReadyInThisBoot } from './stage.ts';
import { inStage, type StagedFleet, type StagedNode } from './staged-fleet.ts';
import type { Step } from './step.ts';

/**
 * Nodes that run the target on trial, and are Ready in the cluster for long enough, with all else that they have to show
 * there: what the node itself cannot see of itself.
 * Whatever happens to the rollout, a node that has switched is not left half way.
 */
export function letCommit(fleet: StagedFleet): readonly Step[] {
  return inStage(fleet, 'switching')
    .filter((node) => mayCommit(node, fleet))
    .map(({ name }) => ({ do: 'commit', node: name }));
}

function mayCommit(node: StagedNode, { policy, nowMs }: StagedFleet): boolean {
  const { run, booted } = node;
  if (run?.reported.phase !== 'verifying' || booted === null) return false;
  if (booted.digest !== run.target.digest || booted.bootId === run.bootId) return false;
  if (run.commitIn === booted.bootId) return false;
  if (!isReadyInThisBoot(node) || run.unhealthy !== null) return false;
  return nowMs - node.readySinceMs >= policy.limits.readyMs;
}
