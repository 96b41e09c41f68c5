import type { Stage } from './stage.ts';
import type { StagedFleet } from './staged-fleet.ts';
import { joined, waits, type Plan } from './step.ts';

/** These go by their gates. */
const GATED: ReadonlySet<Stage> = new Set(['pending', 'prepared']);

/** Nodes whose next step the API server refuses. */
export function refusedNodes({ nodes }: StagedFleet): Plan {
  const plans = nodes.map(({ name: node, stage, refused: because }) =>
    because === null || GATED.has(stage)
      ? joined([])
      : waits({ node, gates: [{ gate: 'write', because }] }),
  );
  return joined(plans);
}
