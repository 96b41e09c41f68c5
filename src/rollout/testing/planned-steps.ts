import type { Fleet, FleetNode, NodeRun } from '../plan/fleet.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { testNode, TWO } from './test-fleet.ts';

export const prepared: Partial<NodeRun> = { reported: { phase: 'prepared' } };
export const draining = (drain: number): Partial<NodeRun> => ({
  ...prepared,
  ...{ allowed: 'drain', since: { prepare: 0, drain }, blockedBy: 'pod db-0' },
});
export const cordon = { isCordoned: true, isCordonOurs: true };
export const onTwo = (name: string, change: Partial<FleetNode> = {}): FleetNode =>
  testNode(name, {
    ...{ booted: { digest: TWO.digest, bootId: 'x', isOnTrial: false }, kubeletBootId: 'x' },
    ...change,
  });

/** As `close n1: done`. */
export function stepsOf(fleet: Fleet, nowMs: number): readonly string[] {
  return planRollout(fleet, nowMs).steps.map((step) => {
    const kind = step.do === 'close' ? `: ${step.outcome}` : '';
    return `${step.do} ${'node' in step ? step.node : ''}${kind}`.trim();
  });
}
