import type { FleetNode, NodeOutcome } from './fleet.ts';
import { isReadyInThisBoot } from './stage.ts';
import type { StagedNode } from './staged-fleet.ts';
import type { Step } from './step.ts';

export type Close = Extract<Step, { do: 'close' }>;

export function close(node: StagedNode, outcome: NodeOutcome['kind'], message: string): Close {
  const uncordon = takesPods(node) && !staysLeft(node, outcome);
  return { do: 'close', node: node.name, outcome, message, uncordon };
}

/** Nobody has looked at it since, and lifted its cordon. */
export const isStillLeft = ({ isQuarantined, isCordoned, isCordonOurs }: FleetNode): boolean =>
  isQuarantined && isCordoned && isCordonOurs;

/** A node that was left to somebody to look at stays so until a run of it ends well. */
export const staysLeft = (
  { isQuarantined }: Pick<FleetNode, 'isQuarantined'>,
  outcome: NodeOutcome['kind'],
): boolean => isQuarantined && outcome !== 'done' && outcome !== 'rolled-back';

/**
 * A node stays cordoned until it is Ready by the word of this boot, and neither on trial nor about to be: its agent, or whoever
 * restarts it, may do so any moment, and nobody would have drained it.
 */
export const takesPods = (node: StagedNode): boolean =>
  node.isReady && !node.isArmed && node.booted?.isOnTrial !== true && !isReadyOfBefore(node);

/** Ready stays True through a restart. A node that lost its records names no boot, and would be waited for without end. */
export const isReadyOfBefore = (node: StagedNode): boolean =>
  node.isReady && node.booted !== null && !isReadyInThisBoot(node);
