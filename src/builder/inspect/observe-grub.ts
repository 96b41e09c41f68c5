import { hash } from 'node:crypto';
import { UEFI_FIRST, UEFI_SECOND } from '../../disk/grub-places.ts';
import { isSealOf, readGrubLabel, SEAL_BYTES, type GrubLabel } from '../../disk/grub-seal.ts';
import { SECTOR } from '../../disk/layout.ts';
import type { BootPartition } from './boot-partition.ts';
import type { Finding } from './image-report.ts';

/** A GRUB image on BOOT for UEFI, as its seal names it. */
export interface GrubReport extends GrubLabel {
  /** False: it is not what it was sealed with. */
  readonly isWhole: boolean;
}

/** What firmware starts, and what stands beside it; null where that has no label. */
export interface GrubReports {
  readonly first: GrubReport | null;
  readonly second: GrubReport | null;
}

export async function observeGrub(boot: BootPartition): Promise<GrubReports> {
  const first = (await boot.read(UEFI_FIRST.amd64)) ?? (await boot.read(UEFI_FIRST.arm64));
  return { first: reportOf(first), second: reportOf(await boot.read(UEFI_SECOND)) };
}

function reportOf(place: Buffer | undefined): GrubReport | null {
  if (place === undefined || place.length <= SEAL_BYTES) return null;
  const seal = place.subarray(-SEAL_BYTES);
  const label = readGrubLabel(seal);
  if (label === null) return null;
  const sum = hash('sha256', place.subarray(0, -SECTOR));
  return { ...label, isWhole: isSealOf(seal, sum, place.length) };
}

export function grubFinding({ first }: GrubReports): Finding {
  const subject = 'GRUB';
  if (first === null) {
    return { level: 'note', subject, text: 'does not say its version: no agent will update it' };
  }
  const text = `${first.version}, of the release with epoch ${first.epoch}`;
  if (first.isWhole) return { level: 'ok', subject, text };
  return { level: 'fault', subject, text: `${text}, is damaged` };
}
