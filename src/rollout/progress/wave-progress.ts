import { atLeast } from '../plan/amount.ts';
import { living, type StagedFleet } from '../plan/staged-fleet.ts';
import { waveStateOf, type WaveState } from '../plan/waves.ts';

/** One wave of a rollout. */
export interface WaveProgress {
  /** Counted from 1. */
  readonly wave: number;
  /** With it, and those before it, so many nodes have had their turn. */
  readonly upTo: number;
  readonly state: 'done' | 'open' | 'soaking' | 'awaiting-approval' | 'to-come';
  readonly finishedMs: number | null;
  /** What it asks for after it, before the next begins. */
  readonly soakMs: number;
}

/** Those that are named, and the rest as the last one, where they leave any. */
export function wavesOf(fleet: StagedFleet): readonly WaveProgress[] {
  const total = living(fleet).length;
  const now = waveStateOf(fleet);
  const named = fleet.policy.waves.map(({ size, soakMs }) => {
    return { size: atLeast(size, total), soakMs };
  });
  let upTo = 0;
  const ends = named.map(({ size, soakMs }) => {
    upTo = Math.min(total, upTo + size);
    return { upTo, soakMs };
  });
  const isAll = ends.length > 0 && upTo >= total;
  return (isAll ? ends : [...ends, { upTo: total, soakMs: 0 }]).map((end, index) => ({
    ...end,
    wave: index + 1,
    state: stateOf(index, now),
    finishedMs: fleet.course.waves[index]?.finishedMs ?? null,
  }));
}

function stateOf(index: number, { index: current, gate }: WaveState): WaveProgress['state'] {
  if (index < current) return 'done';
  if (index > current) return 'to-come';
  return gate.kind;
}
