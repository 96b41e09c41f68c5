import { closeRuns } from './close-runs.ts';
import { decideHalt, type Halt } from './decide-halt.ts';
import type { Fleet } from './fleet.ts';
import { ACTIVATE, BEGIN, closedGates, DRAIN, gateView, type GateView } from './gates.ts';
import { orderNodes } from './order-nodes.ts';
import { stageFleet, inStage, type StagedFleet, type StagedNode } from './staged-fleet.ts';
import type { Plan, Step, Waiting } from './step.ts';

/**
 * What is to be done with a fleet now, and what each node that is not there yet waits for. Asked again whenever something
 * was observed, and at the latest when a gate that names a time opens: nothing of it is remembered between two calls.
 */
export function planRollout(observed: Fleet, nowMs: number): Plan {
  const fleet = stageFleet(observed, nowMs);
  const halt = fleet.course.halted ?? decideHalt(fleet);
  const closed = closeRuns(fleet, halt !== null);
  const ended = new Set(closed.map((step) => ('node' in step ? step.node : '')));
  const open = { ...fleet, nodes: fleet.nodes.filter(({ name }) => !ended.has(name)) };
  const onward = halt === null ? goOn(fleet, open) : goBack(fleet, open, halt);
  const halted: readonly Step[] =
    halt !== null && fleet.course.halted === null ? [haltStep(halt)] : [];
  return { steps: [...halted, ...closed, ...onward.steps], waiting: onward.waiting };
}

const haltStep = ({ reason, message }: Halt): Step => ({ do: 'halt', reason, message });

/** `fleet` counts what is away; of `open` nothing was decided yet. */
function goOn(fleet: StagedFleet, open: StagedFleet): Plan {
  const view = gateView(fleet);
  const of = (...stages: Parameters<typeof inStage>[1][]): readonly StagedNode[] =>
    orderNodes(fleet, inStage(open, ...stages));
  const plans = [
    ...of('drained').map((node) => switchNode(view, node)),
    ...of('prepared').map((node) => drainNode(view, node)),
    ...of('pending').map((node) => beginNode(view, node)),
    ...of('draining').map(blockedNode),
    ...of('silent').map(({ name }) => waits({ node: name, gates: SILENT })),
    ...(view.wave.hasEnded ? [{ steps: [endWave(view)], waiting: [] }] : []),
  ];
  return joined(plans);
}

const SILENT = [{ gate: 'proxy' as const, because: 'no proxy has said what runs on it' }];

const endWave = ({ wave }: GateView): Step => ({ do: 'end-wave', index: wave.index });

/** What was drained for a window that closes meanwhile goes back to work. */
function switchNode(view: GateView, node: StagedNode): Plan {
  const gates = closedGates(view, node, ACTIVATE);
  const { name } = node;
  const [first] = gates;
  if (first === undefined) return only({ do: 'activate', node: name });
  const message = first.because;
  return only({ do: 'close', node: name, outcome: 'undone', message, uncordon: true });
}

function drainNode(view: GateView, node: StagedNode): Plan {
  const gates = closedGates(view, node, DRAIN);
  return gates.length > 0 ? waits({ node: node.name, gates }) : letGo(view, node);
}

function letGo(view: GateView, node: StagedNode): Plan {
  view.places.take(node);
  view.letGo.add(node.name);
  return only({ do: 'drain', node: node.name });
}

function beginNode(view: GateView, node: StagedNode): Plan {
  const gates = closedGates(view, node, BEGIN);
  if (gates.length > 0) return waits({ node: node.name, gates });
  view.begun += 1;
  view.preparing += 1;
  const { target } = view.fleet.policy;
  return only({ do: 'begin', node: node.name, kind: 'upgrade', target });
}

function blockedNode({ name, run }: StagedNode): Plan {
  const blockedBy = run?.blockedBy ?? null;
  if (blockedBy === null) return joined([]);
  return waits({ node: name, gates: [{ gate: 'drain', because: blockedBy }] });
}

/** A halted rollout begins nothing; where that is wanted, what it has upgraded goes back, the newest first. */
function goBack(fleet: StagedFleet, open: StagedFleet, { message }: Halt): Plan {
  const { policy, wishes } = fleet;
  const view = gateView(fleet);
  const isBack = policy.onFailure === 'rollback' || wishes.rollback;
  const isOnWay = ({ run }: StagedNode): boolean => run?.kind === 'rollback';
  const underWay = [
    ...inStage(open, 'drained')
      .filter(isOnWay)
      .map((node) => only({ do: 'activate', node: node.name })),
    ...inStage(open, 'prepared')
      .filter(isOnWay)
      .map((node) => drainBack(view, node)),
  ];
  const upgraded = isBack
    ? inStage(open, 'current').filter(({ outcome }) => outcome?.kind === 'done')
    : [];
  const newestFirst = upgraded.toSorted(
    (one, other) => (other.outcome?.atMs ?? 0) - (one.outcome?.atMs ?? 0),
  );
  const halted = [{ gate: 'halted' as const, because: message }];
  const left = inStage(open, 'pending').map(({ name }) => waits({ node: name, gates: halted }));
  return joined([...underWay, ...left, ...newestFirst.map((node) => beginBack(view, node))]);
}

function drainBack(view: GateView, node: StagedNode): Plan {
  const gates = closedGates(view, node, ['ready', 'controlPlane', 'places']);
  return gates.length > 0 ? waits({ node: node.name, gates }) : letGo(view, node);
}

function beginBack(view: GateView, node: StagedNode): Plan {
  const target = node.outcome?.from ?? null;
  if (target === null || !node.isReady || view.preparing >= view.fleet.policy.maxPreparing) {
    return joined([]);
  }
  view.preparing += 1;
  return only({ do: 'begin', node: node.name, kind: 'rollback', target });
}

const only = (step: Step): Plan => ({ steps: [step], waiting: [] });
const waits = (waiting: Waiting): Plan => ({ steps: [], waiting: [waiting] });
const joined = (plans: readonly Plan[]): Plan => ({
  steps: plans.flatMap(({ steps }) => steps),
  waiting: plans.flatMap(({ waiting }) => waiting),
});
