import { GRUB_ENVIRONMENT_BYTES, parseGrubEnvironment } from '../../disk/grub-environment.ts';
import type { GrubPlaceIndex } from '../../disk/grub-pointer.ts';
import { grubTryOf, NO_TRY } from '../../disk/grub-try.ts';
import { KubeosError } from '../../errors.ts';
import type { NodeDisk } from '../node/node-disk.ts';
import type { NodeClock } from '../node/read-found-node.ts';
import { settleState } from '../slots/save-state.ts';
import { writeEnvironment } from '../slots/write-environment.ts';
import type { BroughtGrub } from './brought-grub.ts';
import { decideGrub, type FoundGrub, type GrubRest, type GrubStep } from './decide-grub.ts';
import type { GrubPlaces } from './node-grub.ts';
import { readGrubPlaces } from './read-grub.ts';
import { swapPlaces, writePlace } from './write-grub.ts';

export interface GrubRequest {
  readonly disk: NodeDisk;
  readonly clock: NodeClock;
  /** Where GRUB has two places. */
  readonly grub: GrubPlaces;
  readonly brought: BroughtGrub | null;
}

/** What was found of GRUB when nothing was left to do, and where it rests. */
export interface SettledGrub extends FoundGrub {
  readonly at: GrubRest;
}

/** More than any way has: a disk that keeps nothing of what is written must not be written for ever. */
const MAX_STEPS = 12;

/**
 * Brings GRUB's image on BOOT to that of the running release, step by step as `decideGrub` says; whatever stops it, the
 * same call goes on from there. No step of it touches a slot.
 */
export async function updateGrub(request: GrubRequest): Promise<SettledGrub> {
  for (let steps = 0; steps < MAX_STEPS; steps += 1) {
    const found = await readFound(request);
    const step = decideGrub(found);
    if (step.kind === 'rest') return { ...found, at: step.at };
    await take(step, request, found.firstPlace);
  }
  throw new KubeosError('HOST_NOT_READY', 'BOOT does not keep what is written to it', {
    hint: 'replace the disk of this node',
  });
}

/** As if none had been tried. */
export async function forgetTry(disk: NodeDisk): Promise<void> {
  await writeEnvironment(disk, { grub: NO_TRY });
}

type FoundPlaces = FoundGrub & { readonly firstPlace: GrubPlaceIndex };

async function readFound({ disk, clock, grub, brought }: GrubRequest): Promise<FoundPlaces> {
  const { records, environment } = await settleState(disk, clock);
  const { first, labels } = await readGrubPlaces(grub);
  const epoch = records[disk.booted].release?.epoch;
  const block = Buffer.alloc(GRUB_ENVIRONMENT_BYTES);
  await disk.environment.read(block, 0);
  return {
    booted: grub.booted,
    firstPlace: first,
    first: labels[first],
    second: labels[other(first)],
    secondSector: grub.sectors?.[other(first)] ?? null,
    asked: grubTryOf(parseGrubEnvironment(block).variables),
    brought: brought === null || epoch === undefined ? null : { version: brought.version, epoch },
    isCommitted: environment[disk.booted].ok,
  };
}

const other = (place: GrubPlaceIndex): GrubPlaceIndex => (place === 0 ? 1 : 0);

async function take(
  step: Exclude<GrubStep, { readonly kind: 'rest' }>,
  { disk, grub, brought }: GrubRequest,
  first: GrubPlaceIndex,
): Promise<void> {
  const second = other(first);
  switch (step.kind) {
    case 'write':
      if (brought === null) throw new Error('what no release brings cannot be written');
      return await writePlace(grub.places[second], await brought.sealed(step.label, second));
    case 'ask':
      return await writeEnvironment(disk, { grub: step.asked });
    case 'swap':
      return await swapPlaces(grub, second);
    default:
      return step satisfies never;
  }
}
