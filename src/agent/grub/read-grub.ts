import { createHash } from 'node:crypto';
import type { GrubLabel } from '../../disk/grub-seal.ts';
import { isSealOf, readGrubLabel, SEAL_BYTES } from '../../disk/grub-seal.ts';
import type { GrubPlaceIndex } from '../../disk/grub-pointer.ts';
import { SECTOR } from '../../disk/layout.ts';
import { KubeosError } from '../../errors.ts';
import type { GrubPlace, GrubPlaces } from './node-grub.ts';

/** Both places by what they are, not by where they lie. */
export interface ReadPlaces {
  readonly first: GrubPlaceIndex;
  /** Labels; null where a place does not hold what it was sealed with. */
  readonly labels: readonly [GrubLabel | null, GrubLabel | null];
}

/** Reads and verifies what stands in both places. Changes nothing. */
export async function readGrubPlaces({ places, sector, pointer }: GrubPlaces): Promise<ReadPlaces> {
  const first = pointer.firstOf(
    await readAll(sector.size, async (into) => await sector.read(into, 0)),
  );
  if (first === null) {
    throw new KubeosError('HOST_NOT_READY', `${sector.address} names neither place of GRUB`, {
      hint: 'write the disk anew from its image',
    });
  }
  return { first, labels: [await labelOf(places[0]), await labelOf(places[1])] };
}

async function labelOf({ file, readBack }: GrubPlace): Promise<GrubLabel | null> {
  const seal = await readAll(SEAL_BYTES, async (into) => {
    await file.read(into, file.size - SEAL_BYTES);
  });
  const label = readGrubLabel(seal);
  if (label === null) return null;
  const sum = createHash('sha256');
  let left = file.size - SECTOR;
  for await (const chunk of readBack()) {
    sum.update(chunk.subarray(0, left));
    left -= Math.min(left, chunk.length);
  }
  return isSealOf(seal, sum.digest('hex'), file.size) ? label : null;
}

async function readAll(bytes: number, read: (into: Uint8Array) => Promise<void>): Promise<Buffer> {
  const buffer = Buffer.alloc(bytes);
  await read(buffer);
  return buffer;
}
