import type { FleetNode } from '../plan/fleet.ts';
import type { Behaviour } from './simulated-node.ts';

/** When something about a node changes by itself; before, only the planner changes it. Milliseconds since 1970, past ones too. */
export function changesOf(
  { run, readySinceMs }: FleetNode,
  { prepareMs, drainMs, rebootMs, verifyMs }: Behaviour,
  readyMs: number,
): readonly number[] {
  if (run === null) return [];
  const { prepare, drain, activate } = run.since;
  const drained = drain === undefined ? [] : [drain + drainMs];
  if (activate === undefined) return [prepare + prepareMs, ...drained];
  const backMs = activate + rebootMs;
  return [...drained, backMs, backMs + verifyMs, readySinceMs + readyMs];
}
