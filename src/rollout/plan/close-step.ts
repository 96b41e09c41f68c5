import type { NodeOutcome } from './fleet.ts';
import { isReadyInThisBoot } from './stage.ts';
import type { StagedNode } from './staged-fleet.ts';
import type { Step } from './step.ts';

export type Close = Extract<Step, { do: 'close' }>;

export function close(node: StagedNode, outcome: NodeOutcome['kind'], message: string): Close {
  return { do: 'close', node: node.name, outcome, message, uncordon: takesPods(node) };
}

/**
 * A node stays cordoned until it is Ready by the word of this boot, and on trial no more: its agent may restart it any moment, and
 * nobody would have drained it.
 */
export const takesPods = (node: StagedNode): boolean =>
  node.isReady && node.booted?.isOnTrial !== true && !isReadyOfBefore(node);

/** Ready stays True through a restart. A node that lost its records names no boot, and would be waited for without end. */
export const isReadyOfBefore = (node: StagedNode): boolean =>
  node.isReady && node.booted !== null && !isReadyInThisBoot(node);
