import { hash } from 'node:crypto';
import type { DiskRequest, Verdict } from './serve-disk.ts';
import type { Loss } from './volatile-cache.ts';

/** Where on the disk an upgrade writes. */
export const PLACES = ['environment', 'records', 'slot files', 'standby root'] as const;
export type Place = (typeof PLACES)[number] | 'elsewhere';

export const STAGES = ['boot', 'prepare', 'switch', 'trial'] as const;
/** What the node does at the moment; `switch` is from activate to the end of the machine. */
export type Stage = (typeof STAGES)[number];

/** When power is cut, and what the disk loses of what it had not flushed. */
export interface CutPoint {
  readonly name: string;
  readonly loss: Loss;
  /** Asked for every request of the machine. */
  readonly judge: (request: DiskRequest, place: Place, stage: Stage) => Verdict;
  /** In this stage power is cut so long after it began, whatever the disk does. */
  readonly after: { readonly stage: Stage; readonly ms: number } | null;
}

/** How long a stage lasts under emulation, about: a moment in it is chosen at random. */
const STAGE_MS: Readonly<Record<Stage, number>> = {
  boot: 40_000,
  prepare: 45_000,
  switch: 8000,
  trial: 12_000,
};

/** The n-th cut: the same in every run. */
export function cutPoint(index: number): CutPoint {
  const dice = hash('sha256', `power cut ${index}`, 'buffer');
  const loss = (['some', 'all', 'none'] as const)[dice.readUInt8(0) % 3] ?? 'some';
  const kind = index % 8;
  if (kind < 4) return atWrite(PLACES[kind] ?? 'environment', dice, loss);
  return atMoment(STAGES[kind - 4] ?? 'boot', dice, loss);
}

/** Before, after or in the middle of the n-th write there. */
function atWrite(place: Place, dice: Buffer, loss: Loss): CutPoint {
  const how = (['before', 'torn', 'after'] as const)[dice.readUInt8(1) % 3] ?? 'before';
  const most = place === 'standby root' ? 200 : 4;
  const nth = 1 + (dice.readUInt16LE(2) % most);
  let count = 0;
  const judge: CutPoint['judge'] = ({ kind, length }, at) => {
    if (kind !== 'write' || at !== place) return 'pass';
    count += 1;
    if (count < nth) return 'pass';
    if (how === 'before') return { cutAfterBytes: 0 };
    return { cutAfterBytes: how === 'after' ? length : torn(length, dice) };
  };
  return { name: `${how} write ${nth} of ${place}, ${loss} lost`, loss, judge, after: null };
}

/** Whole sectors of a write reach a disk. */
function torn(length: number, dice: Buffer): number {
  const sectors = Math.max(1, Math.floor(length / 512));
  return (dice.readUInt16LE(4) % sectors) * 512;
}

function atMoment(stage: Stage, dice: Buffer, loss: Loss): CutPoint {
  const ms = Math.floor((dice.readUInt16LE(2) / 2 ** 16) * STAGE_MS[stage]);
  const after = { stage, ms };
  return { name: `${ms} ms into ${stage}, ${loss} lost`, loss, judge: () => 'pass', after };
}
