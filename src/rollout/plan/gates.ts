import { Places } from './availability.ts';
import { predict } from './predict.ts';
import { openingAt, type Opening } from './schedule.ts';
import { isAway, isUnderWay } from './stage.ts';
import { inStage, type StagedFleet, type StagedNode } from './staged-fleet.ts';
import type { Closed } from './step.ts';
import { begunNodes, waveStateOf, type WaveState } from './waves.ts';

export type GateName = keyof typeof GATES;

/** What every gate looks at; places are taken while nodes are let through. */
export interface GateView {
  readonly fleet: StagedFleet;
  readonly places: Places;
  readonly wave: WaveState;
  readonly opening: Opening;
  /** Nodes that are let go in this pass. */
  readonly letGo: Set<string>;
  /** Nodes that were begun already, in this pass, too. */
  begun: number;
  preparing: number;
}

export function gateView(fleet: StagedFleet): GateView {
  return {
    fleet,
    places: new Places(fleet),
    wave: waveStateOf(fleet),
    opening: openingAt(fleet.policy.schedule, fleet.nowMs),
    letGo: new Set(),
    begun: begunNodes(fleet).length,
    preparing: inStage(fleet, 'preparing').length,
  };
}

type Gate = (view: GateView, node: StagedNode) => string | null;

const time = (ms: number): string => new Date(ms).toISOString();

const GATES = {
  paused: ({ fleet: { wishes } }) => {
    if (wishes.paused === null) return null;
    const { by, sinceMs } = wishes.paused;
    return `paused by ${by}${sinceMs === null ? '' : ` since ${time(sinceMs)}`}`;
  },
  ready: (_, { isReady, readySinceMs }) =>
    isReady ? null : `the node is not Ready since ${time(readySinceMs)}`,
  cordon: (_, { isCordoned, isCordonOurs }) =>
    isCordoned && !isCordonOurs ? 'somebody else has cordoned the node' : null,
  write: (_, { refused }) => refused,
  postponed: ({ fleet }, node) => {
    const untilMs = retryAt(fleet, node);
    return untilMs === null || fleet.nowMs >= untilMs ? null : `tried again at ${time(untilMs)}`;
  },
  wave: ({ wave: { gate, index } }) => {
    if (gate.kind === 'open') return null;
    if (gate.kind === 'soaking') return `wave ${index} soaks until ${time(gate.untilMs)}`;
    return `wave ${index + 1} waits for approval`;
  },
  waveSize: ({ wave: { allowed, index }, begun }) =>
    begun < allowed ? null : `wave ${index + 1} takes ${allowed} nodes in all`,
  prepareSlots: ({ fleet: { policy }, preparing }) =>
    preparing < policy.maxPreparing ? null : `${policy.maxPreparing} nodes fetch already`,
  schedule: ({ fleet, opening }) => {
    if (!opening.isOpen) {
      return opening.opensMs === null
        ? 'no window opens any more'
        : `the next window opens at ${time(opening.opensMs)}`;
    }
    const { drainMs, switchMs } = predict(fleet);
    return fits(fleet, opening, drainMs + switchMs);
  },
  closing: ({ fleet, opening }) =>
    opening.isOpen ? fits(fleet, opening, predict(fleet).switchMs) : 'the window has closed',
  places: ({ places }, node) =>
    places.isFreeFor(node) ? null : 'as many nodes are away as may be',
  controlPlane: ({ fleet, letGo }, node) => {
    if (!node.isControlPlane) return null;
    const isGone = ({ name, stage, isReady }: StagedNode): boolean =>
      letGo.has(name) || isAway(stage) || !isReady;
    const other = fleet.nodes.find((one) => one !== node && one.isControlPlane && isGone(one));
    return other === undefined ? null : `control-plane node ${other.name} is away`;
  },
  operatorLast: (view, node) => {
    const { nodes, operatorNode } = view.fleet;
    if (node.name !== operatorNode) return null;
    const other = nodes.find((one) => one !== node && comesFirst(view, one));
    return other === undefined ? null : `the operator runs here; ${other.name} comes first`;
  },
} as const satisfies Record<string, Gate>;

/** One that cannot go on by itself must not keep the operator's node for ever, nor one that its wave has no room for. */
function comesFirst({ wave, begun }: GateView, one: StagedNode): boolean {
  const isFree = one.isReady && (!one.isCordoned || one.isCordonOurs);
  if (one.stage === 'pending') return isFree && begun < wave.allowed;
  return one.stage === 'prepared' ? isFree : isUnderWay(one.stage);
}

function fits({ nowMs }: StagedFleet, { closesMs }: Opening, neededMs: number): string | null {
  if (closesMs === null || nowMs + neededMs <= closesMs) return null;
  const minutes = Math.ceil(neededMs / 60_000);
  return `about ${minutes} min are needed, and the window closes at ${time(closesMs)}`;
}

/** When a node whose drain was given up is tried again; null for any other. */
export function retryAt({ policy }: StagedFleet, { outcome }: StagedNode): number | null {
  if (outcome?.kind !== 'postponed') return null;
  return outcome.atMs + policy.limits.retryMs * 2 ** (outcome.attempts - 1);
}

/** To fetch disturbs nobody: the schedule does not matter, and no place is taken. */
export const BEGIN: readonly GateName[] = [
  ...(['paused', 'ready', 'cordon', 'write', 'postponed'] as const),
  ...(['wave', 'waveSize', 'prepareSlots'] as const),
];
export const DRAIN: readonly GateName[] = [
  ...(['paused', 'ready', 'cordon', 'write', 'schedule'] as const),
  ...(['controlPlane', 'operatorLast', 'places'] as const),
];
/** The last look before the way back is a boot. */
export const ACTIVATE: readonly GateName[] = ['closing'];

/** Every gate of these that is closed to a node. */
export function closedGates(
  view: GateView,
  node: StagedNode,
  names: readonly GateName[],
): readonly Closed[] {
  const closed: Closed[] = [];
  for (const gate of names) {
    const because = GATES[gate](view, node);
    if (because !== null) closed.push({ gate, because });
  }
  return closed;
}
