import type { Halt } from './decide-halt.ts';
import type { Fleet } from './fleet.ts';
import { openingAt } from './schedule.ts';
import { isUnderWay, type Stage } from './stage.ts';
import { stageFleet, type StagedFleet, type StagedNode } from './staged-fleet.ts';
import type { Plan } from './step.ts';
import { goesBack, isUpgraded, wayBackOf } from './way-back.ts';
import { waveStateOf } from './waves.ts';

/** Where a rollout is, as one word with a sentence; what each means to others is in `conditionsOf`. */
export interface RolloutState {
  readonly kind:
    | 'complete'
    | 'upgrading'
    | 'waiting'
    | 'soaking'
    | 'outside-window'
    | 'awaiting-approval'
    | 'paused'
    | 'halted'
    | 'failed'
    | 'rolling-back'
    | 'rolled-back';
  /** Of the halt, where it is halted. */
  readonly reason: string | null;
  readonly message: string;
  /** Nodes of the selection that nobody can reach. */
  readonly unreachable: number;
}

export interface Summary {
  readonly state: RolloutState;
  /** Every stage, also those without nodes. */
  readonly counts: Readonly<Record<Stage, number>>;
  readonly nodes: number;
}

/** What is told of a rollout, from what was observed and what is planned now. */
export function summarise(observed: Fleet, plan: Plan, nowMs: number): Summary {
  const fleet = stageFleet(observed, nowMs);
  const counts = countsOf(fleet);
  const unreachable = fleet.nodes.filter(isUnreachable).length;
  const { kind, reason = null, message } = stateOf(fleet, plan);
  return { state: { kind, reason, message, unreachable }, counts, nodes: fleet.nodes.length };
}

type Found = Pick<RolloutState, 'kind' | 'message'> & { readonly reason?: string };

/** A dead node is no reason to call a rollout unfinished for ever; it is told beside that. */
const isUnreachable = ({ stage, isDead }: StagedNode): boolean => stage !== 'current' && isDead;

function stateOf(fleet: StagedFleet, plan: Plan): Found {
  const { course } = fleet;
  const halt = course.halted ?? plan.steps.find((step) => step.do === 'halt') ?? null;
  if (halt !== null) return haltedState(fleet, halt);
  const left = fleet.nodes.filter((node) => node.stage !== 'current' && !isUnreachable(node));
  const [first] = left;
  if (first === undefined) return atEnd(fleet);
  if (left.every(({ stage }) => stage === 'out')) return ended(left);
  return goingOn(fleet, left);
}

function atEnd({ nodes, policy }: StagedFleet): Found {
  const on = nodes.filter(({ stage }) => stage === 'current').length;
  if (nodes.length === 0) return { kind: 'complete', message: 'the selection means no node' };
  if (on === 0) return { kind: 'waiting', message: 'no node can be reached' };
  return { kind: 'complete', message: `${on} nodes run ${policy.target.version}` };
}

/** Within the budget, and still not what was asked for: somebody has to look at these nodes. */
function ended(left: readonly StagedNode[]): Found {
  const names = left.map(({ name, outcome }) => `${name} (${outcome?.message ?? 'failed'})`);
  return { kind: 'failed', reason: 'NodesFailed', message: `did not make it: ${names.join(', ')}` };
}

function haltedState(fleet: StagedFleet, { reason, message }: Halt): Found {
  if (!goesBack(fleet, reason)) return { kind: 'halted', reason, message };
  const { nodes } = fleet;
  const canGo = (node: StagedNode): boolean =>
    isUpgraded(node) && !node.isDead && wayBackOf(node, fleet).target !== undefined;
  const left = nodes.filter((node) => isUnderWay(node.stage) || canGo(node)).length;
  if (left > 0) return { kind: 'rolling-back', message: `${left} nodes go back: ${message}` };
  const isBack = nodes.some(({ outcome }) => outcome?.kind === 'rolled-back');
  return { kind: isBack ? 'rolled-back' : 'halted', reason, message };
}

function goingOn(fleet: StagedFleet, left: readonly StagedNode[]): Found {
  const { nodes, wishes, policy, nowMs } = fleet;
  const moving = nodes.filter(({ stage }) => isUnderWay(stage) && stage !== 'prepared').length;
  const { gate, index } = waveStateOf(fleet);
  if (wishes.paused !== null && moving === 0) {
    return { kind: 'paused', message: `paused by ${wishes.paused.by}` };
  }
  if (moving === 0 && gate.kind === 'awaiting-approval') {
    return { kind: 'awaiting-approval', message: `wave ${index + 1} waits for approval` };
  }
  if (moving === 0 && gate.kind === 'soaking') {
    const until = new Date(gate.untilMs).toISOString();
    return { kind: 'soaking', message: `wave ${index} soaks until ${until}` };
  }
  const { isOpen, opensMs } = openingAt(policy.schedule, nowMs);
  if (!isOpen) {
    const next =
      opensMs === null ? 'no window opens any more' : `opens ${new Date(opensMs).toISOString()}`;
    return { kind: 'outside-window', message: next };
  }
  const message = `${nodes.length - left.length} of ${nodes.length} nodes run ${policy.target.version}`;
  return { kind: moving > 0 ? 'upgrading' : 'waiting', message };
}

function countsOf({ nodes }: StagedFleet): Record<Stage, number> {
  const counts = {
    ...{ current: 0, pending: 0, preparing: 0, prepared: 0, draining: 0, drained: 0 },
    ...{ switching: 0, back: 0, settled: 0, failed: 0, out: 0, silent: 0 },
  };
  for (const { stage } of nodes) counts[stage] += 1;
  return counts;
}
