import { closeRuns } from './close-runs.ts';
import { close } from './close-step.ts';
import { decideHalt, type Halt } from './decide-halt.ts';
import { blockedNode, drainNode } from './drain-node.ts';
import type { Fleet } from './fleet.ts';
import { ACTIVATE, BEGIN, closedGates, DRAIN, gateView, type GateView } from './gates.ts';
import { goBack } from './go-back.ts';
import { letCommit } from './let-commit.ts';
import { orderNodes } from './order-nodes.ts';
import { refusedNodes } from './refused-nodes.ts';
import { stageFleet, inStage, type StagedFleet, type StagedNode } from './staged-fleet.ts';
import { joined, only, waits, type Plan, type Step } from './step.ts';
import { unhealthyNodes } from './unhealthy-nodes.ts';
import { whileCordoned } from './while-cordoned.ts';

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
  const steps = [...halted, ...closed, ...letCommit(open), ...onward.steps];
  // Of thousands that only wait for their turn not all are told: what somebody may have to mend comes first.
  const toMend = [...refusedNodes(fleet).waiting, ...unhealthyNodes(open).waiting];
  return { steps, waiting: [...toMend, ...onward.waiting] };
}

const haltStep = ({ reason, message }: Halt): Step => ({ do: 'halt', reason, message });

/** `fleet` counts what is away; of `open` nothing was decided yet. */
function goOn(fleet: StagedFleet, open: StagedFleet): Plan {
  const view = gateView(fleet);
  const of = (...stages: Parameters<typeof inStage>[1][]): readonly StagedNode[] =>
    orderNodes(fleet, inStage(open, ...stages));
  const plans = [
    ...of('drained').map((node) => inWindow(view, node, whileCordoned(node, activate(node)))),
    ...of('draining').map((node) => inWindow(view, node, whileCordoned(node, blockedNode(node)))),
    ...of('prepared').map((node) => drainNode(view, node, DRAIN)),
    ...of('pending').map((node) => beginNode(view, node)),
    ...of('silent').map(({ name }) => waits({ node: name, gates: SILENT })),
    ...(view.wave.hasEnded ? [{ steps: [endWave(view)], waiting: [] }] : []),
  ];
  return joined(plans);
}

const activate = ({ name }: StagedNode): Plan => only({ do: 'activate', node: name });

const SILENT = [{ gate: 'proxy' as const, because: 'no proxy has said what runs on it' }];

const endWave = ({ wave }: GateView): Step => ({ do: 'end-wave', index: wave.index });

/** When no time is left for the switch no pod is moved any more, and what was drained goes back to work. */
function inWindow(view: GateView, node: StagedNode, onward: Plan): Plan {
  const [first] = closedGates(view, node, ACTIVATE);
  return first === undefined ? onward : only(close(node, 'undone', first.because));
}

function beginNode(view: GateView, node: StagedNode): Plan {
  const gates = closedGates(view, node, BEGIN);
  if (gates.length > 0) return waits({ node: node.name, gates });
  view.begun += 1;
  view.preparing += 1;
  const { target } = view.fleet.policy;
  return only({ do: 'begin', node: node.name, kind: 'upgrade', target });
}
