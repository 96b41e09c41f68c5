import { takesPods } from './close-step.ts';
import { closedGates, type GateName, type GateView } from './gates.ts';
import type { StagedNode } from './staged-fleet.ts';
import { joined, only, waits, type Plan } from './step.ts';

/** A node that has the release in its standby slot is cordoned, and its pods are moved, where these gates are open. */
export function drainNode(view: GateView, node: StagedNode, gateNames: readonly GateName[]): Plan {
  const { name } = node;
  const gates = closedGates(view, node, gateNames);
  if (gates.length > 0) return joined([withoutCordon(node), waits({ node: name, gates })]);
  view.places.take(node);
  view.letGo.add(name);
  return only({ do: 'drain', node: name });
}

/** The operator stopped between the cordon and the drain, and the gates have closed since. */
function withoutCordon(node: StagedNode): Plan {
  const isLeft = node.isCordonOurs && !node.isQuarantined && takesPods(node);
  return isLeft ? only({ do: 'uncordon', node: node.name }) : joined([]);
}

/** What keeps pods on a node that is being drained. */
export function blockedNode({ name, run }: StagedNode): Plan {
  const blockedBy = run?.blockedBy ?? null;
  if (blockedBy === null) return joined([]);
  return waits({ node: name, gates: [{ gate: 'drain', because: blockedBy }] });
}
