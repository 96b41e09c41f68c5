import { close, type Close } from './close-step.ts';
import type { StagedFleet, StagedNode } from './staged-fleet.ts';
import type { Step } from './step.ts';

/** What becomes of a node whose pods did not leave in time. */
export function lateDrain(fleet: StagedFleet, node: StagedNode): Step | null {
  const what = whatIsLeft(node);
  // No kubelet is there to end them, whatever the policy is.
  if (node.isLongDown) return close(node, 'postponed', `the node is not Ready, and ${what}`);
  const { drainPolicy } = fleet.policy;
  switch (drainPolicy) {
    case 'wait':
      return null;
    case 'force':
      return forced(fleet, node, what);
    case 'quarantine':
      return { ...close(node, 'quarantined', what), uncordon: false };
    case 'abort':
      return aborted(fleet, node, what);
    default:
      return drainPolicy satisfies never;
  }
}

function whatIsLeft({ run }: StagedNode): string {
  const blockedBy = run?.blockedBy ?? null;
  return `its pods did not leave in time${blockedBy === null ? '' : `: ${blockedBy}`}`;
}

/** What is deleted may still be held by a finalizer: as much time again, and then somebody has to look. */
function forced({ policy, nowMs }: StagedFleet, node: StagedNode, what: string): Step {
  const sinceMs = node.run?.since.drain ?? nowMs;
  return nowMs - sinceMs > 2 * policy.limits.drainMs
    ? close(node, 'failed', `DRAIN_BLOCKED: not by force either, ${what}`)
    : { do: 'force-drain', node: node.name };
}

function aborted({ policy }: StagedFleet, node: StagedNode, what: string): Close {
  return attemptsOf(node) >= policy.limits.maxAttempts
    ? close(node, 'failed', `DRAIN_BLOCKED: ${what}`)
    : close(node, 'postponed', what);
}

/** This one included. What was undone in between does not make the tries before undone. */
export function attemptsOf({ outcome }: Pick<StagedNode, 'outcome'>): number {
  const isUnfinished = outcome?.kind === 'postponed' || outcome?.kind === 'undone';
  return (isUnfinished ? outcome.attempts : 0) + 1;
}
