import type { NodeOutcome } from './fleet.ts';
import { isReadyInThisBoot } from './stage.ts';
import type { StagedNode } from './staged-fleet.ts';
import type { Step } from './step.ts';

export type Close = Extract<Step, { do: 'close' }>;

/** One that was left to somebody to look at, and was not switched since, stays so whatever else becomes of its run. */
export function close(node: StagedNode, outcome: NodeOutcome['kind'], message: string): Close {
  const step = { do: 'close', node: node.name, message } as const;
  if (!node.isQuarantined || !BEFORE_SWITCH.has(outcome) || node.run?.since.activate !== undefined)
    return { ...step, outcome, uncordon: takesPods(node) };
  return { ...step, outcome: outcome === 'undone' ? 'undone' : 'quarantined', uncordon: false };
}

const BEFORE_SWITCH: ReadonlySet<string> = new Set(['undone', 'failed', 'postponed']);

/**
 * A node stays cordoned until it is Ready by the word of this boot, and neither on trial nor about to be: its agent, or whoever
 * restarts it, may do so any moment, and nobody would have drained it.
 */
export const takesPods = (node: StagedNode): boolean =>
  node.isReady && !node.isArmed && node.booted?.isOnTrial !== true && !isReadyOfBefore(node);

/** Ready stays True through a restart. A node that lost its records names no boot, and would be waited for without end. */
export const isReadyOfBefore = (node: StagedNode): boolean =>
  node.isReady && node.booted !== null && !isReadyInThisBoot(node);
