import type { Play, PlayedRun } from './played-fleet.ts';

export interface WaveBound {
  readonly nodes: number;
  readonly seconds: number;
}

/**
 * No order of these nodes can be faster: in each wave one has to fetch before anything else, and what all of them need of
 * places cannot be had sooner than from all places at once, nor any of them sooner than it takes.
 */
export function shortestTimes(
  waves: readonly (readonly Pick<PlayedRun, 'fault'>[])[],
  play: Pick<Play, 'prepareMs' | 'rebootMs' | 'verifyMs'>,
  places: number,
): readonly WaveBound[] {
  return waves.map((runs) => {
    const held = runs.map(({ fault }) => heldMs(fault, play));
    const all = held.reduce((sum, ms) => sum + ms, 0);
    const placesMs = Math.max(all / places, ...held);
    return { nodes: runs.length, seconds: (play.prepareMs + placesMs) / 1000 };
  });
}

function heldMs(
  fault: PlayedRun['fault'],
  { rebootMs, verifyMs }: Pick<Play, 'rebootMs' | 'verifyMs'>,
): number {
  if (fault === 'cannot-prepare') return 0;
  return fault === 'falls-back' ? rebootMs : rebootMs + verifyMs;
}
