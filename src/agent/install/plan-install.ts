import { layoutFor, type DiskShape } from '../../disk/disk-shape.ts';
import type { Extent } from '../../disk/fat-extent.ts';
import { fat32 } from '../../disk/fat32.ts';
import type { FileTree } from '../../disk/fat32-tree.ts';
import { gptBytes, type GptBytes } from '../../disk/gpt-table.ts';
import { MIB, partitionOf, SECTOR, type DiskLayout } from '../../disk/layout.ts';
import type { PlacedBytes } from '../../disk/placed-bytes.ts';
import { uuidOf } from '../../disk/uuid.ts';

export interface InstallRequest {
  readonly shape: DiskShape;
  readonly diskBytes: number;
  /** Every identifier of the disk is derived from it; another one for each disk. */
  readonly seed: string;
  /** Files of BOOT. */
  readonly bootFiles: FileTree;
  /** What a BIOS starts: code of the first sector, and GRUB behind the partition table. Empty for UEFI alone. */
  readonly biosCode: readonly PlacedBytes[];
  readonly time: Date;
}

/** Everything that is written to a disk but the root image and PERSIST, by its place; known before the first byte. */
export interface InstallPlan {
  readonly layout: DiskLayout;
  readonly table: GptBytes;
  /** Becomes zeros: where signatures of what was on the disk may be, both ends of it and of each partition. */
  readonly wiped: readonly Extent[];
  /** BOOT, and GRUB for BIOS. */
  readonly boot: readonly PlacedBytes[];
  readonly persistUuid: string;
  /** With it the disk is a disk that boots: it is written last. */
  readonly firstSector: PlacedBytes;
}

/** @throws KubeosError NO_SPACE when BOOT is too small for its files */
export function planInstall(request: InstallRequest): InstallPlan {
  const { shape, diskBytes, seed, biosCode } = request;
  const layout = layoutFor(shape, seed, diskBytes);
  const table = gptBytes(layout, diskBytes);
  return {
    layout,
    table,
    wiped: wipedExtents(layout, diskBytes),
    boot: [...planBoot(request, layout), ...biosCode.filter(({ offsetBytes }) => offsetBytes > 0)],
    persistUuid: uuidOf(seed, 'persist/ext4'),
    firstSector: { offsetBytes: 0, bytes: firstSector(table.protectiveMbr, biosCode) },
  };
}

function planBoot({ bootFiles: files, seed, time }: InstallRequest, layout: DiskLayout) {
  const { startBytes, sizeBytes, label } = partitionOf(layout, 'boot');
  const serial = Number.parseInt(uuidOf(seed, 'boot/fat').slice(0, 8), 16);
  const hiddenSectors = startBytes / SECTOR;
  return fat32({ files, time, sizeBytes, label, serial, hiddenSectors }).map(
    ({ offsetBytes, bytes }) => ({ offsetBytes: startBytes + offsetBytes, bytes }),
  );
}

/**
 * The first sector, which says that the installation is not finished, is left out. Members of a RAID are told by the last
 * 128 KiB of a device, ZFS by its last 512 KiB, everything else that is known by its beginning.
 */
function wipedExtents(layout: DiskLayout, diskBytes: number): Extent[] {
  const ends = layout.partitions
    .filter(({ role }) => role !== 'bios-boot')
    .flatMap(({ startBytes, sizeBytes }) => [
      { offset: startBytes, length: MIB },
      { offset: startBytes + sizeBytes - MIB, length: MIB },
    ]);
  const { startBytes, sizeBytes } = partitionOf(layout, 'persist');
  const end = startBytes + sizeBytes;
  return [
    { offset: SECTOR, length: MIB - SECTOR },
    ...ends,
    { offset: end, length: diskBytes - end },
  ];
}

/** The code stands before the partition entry. */
function firstSector(protectiveMbr: Uint8Array, biosCode: readonly PlacedBytes[]): Uint8Array {
  const sector = Buffer.from(protectiveMbr);
  for (const { offsetBytes, bytes } of biosCode) if (offsetBytes === 0) sector.set(bytes);
  return sector;
}
