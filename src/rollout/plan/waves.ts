import { atLeast } from './amount.ts';
import type { Wave } from './fleet.ts';
import { isUnderWay } from './stage.ts';
import { living, type StagedFleet, type StagedNode } from './staged-fleet.ts';

/** How far a rollout is with its waves. */
export interface WaveState {
  /** Of the wave that may begin nodes now, or waits to; counted from 0. */
  readonly index: number;
  /** So many nodes of the selection may have been begun in all. */
  readonly allowed: number;
  readonly gate:
    | { readonly kind: 'open' }
    | { readonly kind: 'soaking'; readonly untilMs: number }
    | { readonly kind: 'awaiting-approval' };
  /** The wave has ended just now, and is to be written down. */
  readonly hasEnded: boolean;
}

/** All that is left is one wave, after those that are named. */
const REST: Wave = { size: { percent: 100 }, soakMs: 0, needsApproval: false };

export function waveStateOf(fleet: StagedFleet): WaveState {
  const { policy, course } = fleet;
  const index = course.waves.length;
  const waves = [...policy.waves, REST];
  const wave = waves[Math.min(index, waves.length - 1)] ?? REST;
  const isLast = wave === REST;
  const total = living(fleet).length;
  const sizes = waves.slice(0, index + 1).map(({ size }) => atLeast(size, total));
  const allowed = isLast ? fleet.nodes.length : Math.min(total, sumOf(sizes));
  const begun = begunNodes(fleet);
  const isOver = begun.length >= allowed && !begun.some(({ stage }) => isUnderWay(stage));
  const gate = gateBefore(fleet, index);
  // One without work must not pass over what the wave before it still asks for.
  return { index, allowed, gate, hasEnded: !isLast && isOver && gate.kind === 'open' };
}

/** The wave that begins nodes, or waits to, and how many it is of. */
export function currentWave(fleet: StagedFleet): {
  readonly index: number;
  readonly nodes: number;
} {
  const index = fleet.course.waves.length;
  const size = fleet.policy.waves[index]?.size ?? REST.size;
  return { index, nodes: atLeast(size, living(fleet).length) };
}

const sumOf = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0);

/** What the wave before this one still asks for. */
function gateBefore(
  { policy, course, wishes, nowMs }: StagedFleet,
  index: number,
): WaveState['gate'] {
  const before = policy.waves[index - 1];
  const ended = course.waves[index - 1];
  if (before === undefined || ended === undefined) return { kind: 'open' };
  const untilMs = ended.finishedMs + before.soakMs;
  if (nowMs < untilMs) return { kind: 'soaking', untilMs };
  if (before.needsApproval && wishes.approvedWaves < index) return { kind: 'awaiting-approval' };
  return { kind: 'open' };
}

/** Nodes that have had their turn, or have it now. */
export const begunNodes = (fleet: StagedFleet): readonly StagedNode[] =>
  living(fleet).filter(wasBegun);

/** In this rollout, or already where it leads: what runs the target when it begins is no canary, but counts as done. */
const wasBegun = ({ stage }: StagedNode): boolean =>
  isUnderWay(stage) || stage === 'current' || stage === 'out';
