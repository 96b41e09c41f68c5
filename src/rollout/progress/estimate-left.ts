import { atMost } from '../plan/amount.ts';
import { predict } from '../plan/predict.ts';
import { isAway } from '../plan/stage.ts';
import { living, type StagedFleet, type StagedNode } from '../plan/staged-fleet.ts';
import { begunNodes, waveStateOf } from '../plan/waves.ts';
import { wavesOf } from './wave-progress.ts';

/** How much longer it takes if nothing goes wrong. */
export interface TimeLeft {
  readonly ms: number;
  /** Of time in which a window is open, not of the clock. */
  readonly isOfWindows: boolean;
}

/**
 * Waves, places and what nodes took until now, without looking at each node: `foresee`, which plays the planner itself, takes
 * seconds for a large fleet, and this is asked every second.
 *
 * @returns null where nothing can be said: no node may be away, or it is halted
 */
export function estimateLeft(fleet: StagedFleet): TimeLeft | null {
  const { policy, course } = fleet;
  const most = policy.isSerial ? 1 : atMost(policy.maxUnavailable, living(fleet).length);
  if (most === 0 || course.halted !== null) return null;
  // Nothing is decided by it: one node of this fleet says more than a default.
  const { drainMs, switchMs } = predict(fleet, 1);
  const perNodeMs = drainMs + switchMs;
  const current = waveStateOf(fleet).index;
  const waves = wavesOf(fleet).filter(({ wave }) => wave > current);
  const away = fleet.nodes.filter(({ stage }) => isAway(stage));
  let before = begunNodes(fleet).length - fleet.nodes.filter(isUnfinished).length;
  let ms = 0;
  for (const { upTo, soakMs } of waves) {
    const nodes = Math.max(0, upTo - before);
    ms += Math.ceil(nodes / most) * perNodeMs + (upTo < living(fleet).length ? soakMs : 0);
    before = Math.max(before, upTo);
  }
  const { windows, blackouts } = policy.schedule;
  const isOfWindows = windows.length + blackouts.length > 0;
  return { ms: Math.max(0, ms - goneMs(away, fleet.nowMs, perNodeMs)), isOfWindows };
}

/** Begun, and not at its end. */
const isUnfinished = ({ stage, isDead }: StagedNode): boolean =>
  !isDead && stage !== 'current' && stage !== 'out' && stage !== 'pending' && stage !== 'silent';

/** Of the time of the nodes that are away now, so much is over. */
function goneMs(away: readonly StagedNode[], nowMs: number, perNodeMs: number): number {
  const begun = away.map(({ run }) => run?.since.drain ?? nowMs);
  return begun.length === 0 ? 0 : Math.min(perNodeMs, nowMs - Math.min(...begun));
}
