import { createHash, hash } from 'node:crypto';
import type { GrubPlaceIndex } from '../../disk/grub-pointer.ts';
import { KubeosError } from '../../errors.ts';
import type { GrubPlace, GrubPlaces } from './node-grub.ts';

/**
 * Fills a place that firmware does not start, and reads it back. A cut leaves a place whose seal is broken: GRUB would
 * not start it, and an agent takes it for empty.
 */
export async function writePlace({ file, readBack }: GrubPlace, sealed: Uint8Array): Promise<void> {
  await file.write(sealed, 0);
  await file.flush();
  const stored = createHash('sha256');
  for await (const chunk of readBack()) stored.update(chunk);
  if (stored.digest('hex') !== hash('sha256', sealed)) throw notKept(file.address);
}

/** Has firmware start the other place from now on: one write of one sector. */
export async function swapPlaces(
  { sector, pointer }: GrubPlaces,
  first: GrubPlaceIndex,
): Promise<void> {
  const stored = Buffer.alloc(sector.size);
  await sector.read(stored, 0);
  await sector.write(pointer.pointTo(stored, first), 0);
  await sector.flush();
  await sector.read(stored, 0);
  if (pointer.firstOf(stored) !== first) throw notKept(sector.address);
}

function notKept(address: string): KubeosError {
  return new KubeosError('HOST_NOT_READY', `BOOT (${address}) does not keep what is written`, {
    hint: 'replace the disk of this node',
  });
}
