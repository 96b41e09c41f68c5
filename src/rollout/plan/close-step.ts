import type { NodeOutcome } from './fleet.ts';
import type { StagedNode } from './staged-fleet.ts';
import type { Step } from './step.ts';

export type Close = Extract<Step, { do: 'close' }>;

/** A node that is not Ready stays cordoned until it is: nothing should be placed there. */
export function close(
  { name, isReady }: StagedNode,
  outcome: NodeOutcome['kind'],
  message: string,
): Close {
  return { do: 'close', node: name, outcome, message, uncordon: isReady };
}
