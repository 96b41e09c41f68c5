import type { Fleet, FleetNode } from './fleet.ts';
import { isAway, stageOf, type Stage } from './stage.ts';

export interface StagedNode extends FleetNode {
  readonly stage: Stage;
  /** Not Ready for so long that nobody waits for it. */
  readonly isLongDown: boolean;
  /** That, and not taken away by us: it is not counted any more. */
  readonly isDead: boolean;
}

/** A fleet at one moment, with what follows from it for each node. */
export interface StagedFleet extends Omit<Fleet, 'nodes'> {
  readonly nodes: readonly StagedNode[];
  readonly nowMs: number;
}

export function stageFleet(fleet: Fleet, nowMs: number): StagedFleet {
  const { withControlPlane } = fleet.policy;
  const nodes = fleet.nodes
    .filter(({ isControlPlane, run }) => withControlPlane || !isControlPlane || run !== null)
    .map((node) => staged(node, fleet, nowMs));
  return { ...fleet, nodes, nowMs };
}

function staged(node: FleetNode, fleet: Fleet, nowMs: number): StagedNode {
  if (node.run !== null || !node.isReady) return stagedAt(node, fleet, nowMs);
  const before = AT_REST.get(node);
  if (before?.digest === fleet.policy.target.digest) return before.staged;
  const found = stagedAt(node, fleet, nowMs);
  AT_REST.set(node, { digest: fleet.policy.target.digest, staged: found });
  return found;
}

/** Where nothing goes on and nothing is down, time changes nothing: so are most of thousands of nodes, pass after pass. */
const AT_REST = new WeakMap<FleetNode, { readonly digest: string; readonly staged: StagedNode }>();

function stagedAt(node: FleetNode, fleet: Fleet, nowMs: number): StagedNode {
  const stage = stageOf(node, fleet, nowMs);
  const isLongDown = !node.isReady && nowMs - node.readySinceMs > fleet.policy.limits.deadMs;
  return { ...node, stage, isLongDown, isDead: isLongDown && !isAway(stage) };
}

export const inStage = (
  { nodes }: StagedFleet,
  ...stages: readonly Stage[]
): readonly StagedNode[] => nodes.filter(({ stage }) => stages.includes(stage));

/** Nodes that are counted: a dead one is neither of the whole nor away. */
export const living = ({ nodes }: StagedFleet): readonly StagedNode[] =>
  nodes.filter(({ isDead }) => !isDead);
