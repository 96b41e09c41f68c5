import { hash } from 'node:crypto';
import type { FatFile } from '../../disk/fat-extent.ts';
import { fatPointer } from '../../disk/grub-pointer.ts';
import {
  isSealOf,
  readGrubLabel,
  SEAL_BYTES,
  sealGrubImage,
  type GrubLabel,
} from '../../disk/grub-seal.ts';
import { SECTOR } from '../../disk/layout.ts';
import type { BroughtGrub } from '../grub/brought-grub.ts';
import type { GrubPlace, GrubPlaces } from '../grub/node-grub.ts';
import type { TestRelease } from './test-release.ts';
import { memoryFile, type DiskContent, type DiskEvent } from './disk-content.ts';

/** Of each place for a GRUB: room for its image and its seal. */
export const GRUB_PLACE_BYTES = 8 * SECTOR;

/** As they stand in the sector of a directory. */
const entry = (entryOffset: number, cluster: number): FatFile => ({
  ...{ entryOffset, cluster, offset: 0, length: GRUB_PLACE_BYTES },
});
const POINTER = fatPointer({ first: entry(64, 0x1_0005), second: entry(96, 0x2_0009) });

/** A directory sector that has firmware start place 0. */
export const freshGrubSector = (): Buffer =>
  Buffer.from(POINTER.pointTo(Buffer.alloc(SECTOR, 'directory '), 0));

export function sealedGrub({ grub, verified }: TestRelease): Buffer {
  const { epoch } = verified.manifest;
  return Buffer.from(sealGrubImage(grub.image, { version: grub.version, epoch }, GRUB_PLACE_BYTES));
}

/** What GRUB and the agent make of a place: its label, where it is whole. */
export function wholeGrub(place: Buffer): GrubLabel | null {
  const seal = place.subarray(-SEAL_BYTES);
  const sum = hash('sha256', place.subarray(0, -SECTOR));
  return isSealOf(seal, sum, place.length) ? readGrubLabel(seal) : null;
}

/** The two places, by which of them firmware starts; null where it finds neither. */
export function grubPlacesIn(
  content: DiskContent,
): { readonly first: Buffer; readonly second: Buffer } | null {
  const first = POINTER.firstOf(content['grub-sector']);
  if (first === null) return null;
  const [one, two] = [content['grub-0'], content['grub-1']];
  return first === 0 ? { first: one, second: two } : { first: two, second: one };
}

export function virtualGrub(
  content: DiskContent,
  booted: string,
  onEvent: (event: DiskEvent) => void,
): GrubPlaces {
  const place = (name: 'grub-0' | 'grub-1'): GrubPlace => ({
    file: memoryFile(content[name], name, onEvent),
    async *readBack() {
      yield content[name];
    },
  });
  return {
    ...{ kind: 'two-places', booted, sectors: null, pointer: POINTER },
    places: [place('grub-0'), place('grub-1')],
    sector: memoryFile(content['grub-sector'], 'grub-sector', onEvent),
  };
}

export function broughtBy({ grub }: TestRelease): BroughtGrub {
  const { version, image } = grub;
  return { version, sealed: async (label) => sealGrubImage(image, label, GRUB_PLACE_BYTES) };
}
