import { hash } from 'node:crypto';
import { KubeosError } from '../errors.ts';
import { SECTOR } from './layout.ts';

/** What stands at the end of a GRUB image in its place on a disk. */
export interface GrubLabel {
  /** Firmware and 16 hex digits: `uefi-0123456789abcdef`. */
  readonly version: string;
  /** Of the release that brought it. */
  readonly epoch: number;
}

/** The last two sectors of a place: the label, and the sum of everything before itself. */
export const SEAL_BYTES = 2 * SECTOR;

/**
 * A GRUB image as it stands in its place: filled up with zeros, so that the next one has room, and sealed. The last
 * sector is a list for GRUB's `hashsum --check`, where grub.cfg has the place as a device of the name `next`.
 *
 * @param placeBytes a multiple of 512
 * @throws KubeosError BUILD_CHECK_FAILED when it does not fit
 */
export function sealGrubImage(
  image: Uint8Array,
  { version, epoch }: GrubLabel,
  placeBytes: number,
): Uint8Array {
  if (image.length > placeBytes - SEAL_BYTES) throw tooLarge(image.length, placeBytes);
  const place = Buffer.alloc(placeBytes);
  place.set(image);
  place.write(`${LABEL} ${version} ${epoch}\n`.padEnd(SECTOR, '#'), placeBytes - SEAL_BYTES);
  const sum = hash('sha256', place.subarray(0, -SECTOR));
  place.write(sumLine(sum, placeBytes), placeBytes - SECTOR);
  return place;
}

/** The label of a place, by its last two sectors; null where there is none. It does not say that the place is whole. */
export function readGrubLabel(seal: Uint8Array): GrubLabel | null {
  const text = Buffer.from(seal.subarray(0, SECTOR)).toString('latin1');
  const { version, epoch } = LABEL_LINE.exec(text)?.groups ?? {};
  return version === undefined ? null : { version, epoch: Number(epoch) };
}

/**
 * Whether a place holds what it was sealed with.
 *
 * @param sha256 of all of it but its last sector; lower-case hex
 */
export function isSealOf(seal: Uint8Array, sha256: string, placeBytes: number): boolean {
  const line = Buffer.from(seal.subarray(-SECTOR)).toString('latin1');
  return line === sumLine(sha256, placeBytes);
}

const LABEL = '# kubeos GRUB';
const LABEL_LINE = /^# kubeos GRUB (?<version>(?:uefi|bios)-[0-9a-f]{16}) (?<epoch>\d{1,15})\n#*$/;

function sumLine(sha256: string, placeBytes: number): string {
  return `${sha256}  (next)0+${placeBytes / SECTOR - 1}\n`.padStart(SECTOR);
}

function tooLarge(bytes: number, placeBytes: number): KubeosError {
  const room = `${bytes} bytes, its place on the disk has ${placeBytes - SEAL_BYTES}`;
  return new KubeosError('BUILD_CHECK_FAILED', `GRUB's image takes ${room}`, {
    hint: 'report this with the GRUB version of this host',
  });
}
