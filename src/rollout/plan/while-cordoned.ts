import type { StagedNode } from './staged-fleet.ts';
import { only, waits, type Plan } from './step.ts';

/** Without its cordon the node gets pods again, and they would go down with it. */
export function whileCordoned({ name, run, isCordoned }: StagedNode, onward: Plan): Plan {
  if (isCordoned) return onward;
  if (run?.isDrainedByProxy !== true) return only({ do: 'cordon', node: name });
  const because = run.blockedBy ?? 'its proxy has not cordoned it';
  return waits({ node: name, gates: [{ gate: 'drain', because }] });
}
