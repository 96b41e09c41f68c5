import type { Halt } from './decide-halt.ts';
import { blockedNode, drainNode } from './drain-node.ts';
import { closedGates, gateView, type GateView } from './gates.ts';
import { inStage, type StagedFleet, type StagedNode } from './staged-fleet.ts';
import { joined, only, waits, type Closed, type Plan } from './step.ts';
import { goesBack, isUpgraded, wayBackOf } from './way-back.ts';
import { whileCordoned } from './while-cordoned.ts';

/** A halted rollout begins nothing; where that is wanted, what it has upgraded goes back, the newest first. */
export function goBack(fleet: StagedFleet, open: StagedFleet, halt: Halt): Plan {
  const view = gateView(fleet);
  const of = (...stages: Parameters<typeof inStage>[1][]): readonly StagedNode[] =>
    inStage(open, ...stages).toSorted(newestFirst);
  const halted = [{ gate: 'halted' as const, because: halt.message }];
  const upgraded = goesBack(fleet, halt.reason) ? of('current').filter(isUpgraded) : [];
  return joined([
    ...of('drained').map((node) => whileCordoned(node, only({ do: 'activate', node: node.name }))),
    ...of('prepared').map((node) => drainNode(view, node, DRAIN_BACK)),
    ...of('draining').map((node) => whileCordoned(node, blockedNode(node))),
    ...inStage(open, 'pending').map(({ name }) => waits({ node: name, gates: halted })),
    ...upgraded.map((node) => beginBack(view, node)),
  ]);
}

const BEGIN_BACK = ['paused', 'ready', 'cordon', 'write', 'postponed', 'prepareSlots'] as const;
const DRAIN_BACK = ['paused', 'ready', 'cordon', 'write', 'controlPlane', 'places'] as const;

const newestFirst = (one: StagedNode, other: StagedNode): number =>
  (other.outcome?.atMs ?? 0) - (one.outcome?.atMs ?? 0);

function beginBack(view: GateView, node: StagedNode): Plan {
  const { target, because } = wayBackOf(node, view.fleet);
  const gates: readonly Closed[] =
    because === undefined ? closedGates(view, node, BEGIN_BACK) : [{ gate: 'halted', because }];
  if (target === undefined || gates.length > 0) return waits({ node: node.name, gates });
  view.preparing += 1;
  return only({ do: 'begin', node: node.name, kind: 'rollback', target });
}
