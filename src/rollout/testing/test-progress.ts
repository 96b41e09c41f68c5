import { conditionsOf, transition } from '../api/conditions.ts';
import { osObjectSchema, type OsObject } from '../api/os-object.ts';
import { gatesOf } from '../client/gates-of.ts';
import type { Fleet } from '../plan/fleet.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { stageFleet } from '../plan/staged-fleet.ts';
import { summarise } from '../plan/summarise.ts';
import { estimateLeft } from '../progress/estimate-left.ts';
import { nodeProgress } from '../progress/node-progress.ts';
import type { RolloutProgress } from '../progress/observe-progress.ts';
import { wavesOf } from '../progress/wave-progress.ts';

/** As the operator would say it of a fleet. */
export function testOs(fleet: Fleet, nowMs: number, status: object = {}): OsObject {
  const { state, counts, nodes } = summarise(fleet, planRollout(fleet, nowMs), nowMs);
  const conditions = transition([], conditionsOf(state), { now: new Date(nowMs), generation: 1 });
  const { target } = fleet.policy;
  const at = new Date(fleet.course.startedMs).toISOString();
  return osObjectSchema.parse({
    metadata: {
      ...{ name: 'fleet', namespace: 'default', uid: 'u', resourceVersion: '1', generation: 1 },
      creationTimestamp: at,
    },
    spec: {},
    status: {
      ...{ observedGeneration: 1, conditions, target, counts, nodes },
      rollout: { ...target, startedAt: at },
      ...status,
    },
  });
}

export function testProgress(fleet: Fleet, nowMs: number, status: object = {}): RolloutProgress {
  const os = testOs(fleet, nowMs, status);
  const staged = stageFleet(fleet, nowMs);
  const gates = gatesOf(planRollout(fleet, nowMs).waiting, os);
  const nodes = staged.nodes.map((node) => nodeProgress(node, null, gates(node.name)));
  return { os, nodes, waves: wavesOf(staged), left: estimateLeft(staged) };
}
