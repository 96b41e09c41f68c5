import { MIB } from '../../disk/layout.ts';
import { KubeosError } from '../../errors.ts';
import type { ObservedDisk } from './observed-disk.ts';

export interface InstallWish {
  /** What the release needs, at least. */
  readonly leastBytes: number;
  /** What is on the disk may go. */
  readonly erase: boolean;
}

/** Why a disk is not taken; null where it is. Decided before anything is written. */
export function refuseDisk(disk: ObservedDisk, { leastBytes, erase }: InstallWish) {
  const { device } = disk;
  if (disk.uses.length > 0) {
    return new KubeosError('REFUSED', `${device} is in use: ${disk.uses.join(', ')}`, {
      hint: 'unmount it, take it out of what it is part of, or choose another disk',
    });
  }
  if (disk.isReadOnly) {
    return new KubeosError('REFUSED', `${device} cannot be written`, {
      hint: 'take its write protection off, or choose another disk',
    });
  }
  if (disk.sectorBytes !== 512) {
    const sectors = `${disk.sectorBytes} bytes are the smallest that ${device} reads`;
    return new KubeosError('HOST_NOT_READY', `${sectors}: it would not boot, which takes 512`, {
      hint: 'many such disks can be formatted to 512 bytes (nvme format, sg_format), which erases them',
    });
  }
  if (disk.sizeBytes < leastBytes) {
    const sizes = `${mebibytes(disk.sizeBytes)}, the release needs ${mebibytes(leastBytes)}`;
    return new KubeosError('NO_SPACE', `${device} has ${sizes}`, {
      hint: 'choose a larger disk, or make the partitions of the image definition smaller',
    });
  }
  return erase ? null : refuseData(disk);
}

function refuseData({ device, content }: ObservedDisk): KubeosError | null {
  if (content.kind !== 'data') return null;
  return new KubeosError('REFUSED', `${device} is not empty: ${content.found.join(', ')}`, {
    hint: 'if all of it may go, add --erase',
  });
}

const mebibytes = (bytes: number): string => `${Math.floor(bytes / MIB)} MiB`;
