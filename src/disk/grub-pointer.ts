import { BIOS_PLACES } from './bios-boot-code.ts';
import type { FatFile } from './fat-extent.ts';
import { SECTOR } from './layout.ts';

/** One of the two places of a GRUB image. */
export type GrubPlaceIndex = 0 | 1;

/** How one sector says which of the two places firmware starts. Both functions take the whole sector. */
export interface GrubPointer {
  /** null: none of the two. */
  readonly firstOf: (sector: Uint8Array) => GrubPlaceIndex | null;
  /** The sector that says this one; the rest of it as it was. */
  readonly pointTo: (sector: Uint8Array, first: GrubPlaceIndex) => Uint8Array;
}

/** Of the boot sector: where boot.img finds the core image (grub-core/boot/i386/pc/boot.S). */
const KERNEL_SECTOR_OFFSET = 0x5c;

export const biosPointer: GrubPointer = {
  firstOf: (sector) => {
    const named = asBuffer(sector).readBigUInt64LE(KERNEL_SECTOR_OFFSET);
    return indexOf(BIOS_PLACES.map(BigInt), named);
  },
  pointTo: (sector, first) => {
    const changed = Buffer.from(sector);
    changed.writeBigUInt64LE(BigInt(BIOS_PLACES[first]), KERNEL_SECTOR_OFFSET);
    return changed;
  },
};

/** Two files of one directory, of one size, whose entries are in one sector. */
export interface FatPair {
  readonly first: FatFile;
  readonly second: FatFile;
}

/** Where the sector with both entries begins, or null where they are not as `fatPointer` needs them. */
export function pairSectorOf({ first, second }: FatPair): number | null {
  const sectorOf = ({ entryOffset }: FatFile): number => Math.floor(entryOffset / SECTOR) * SECTOR;
  const isPair = sectorOf(first) === sectorOf(second) && first.length === second.length;
  return isPair ? sectorOf(first) : null;
}

/**
 * The sector with the directory entries of both files: each names the first cluster of its file. The files keep their
 * clusters, which entry has which changes; so the table of the file system stays as it is. The lower cluster is place 0.
 */
export function fatPointer({ first, second }: FatPair): GrubPointer {
  const clusters = [first.cluster, second.cluster].toSorted((one, other) => one - other);
  const [low = 0, high = 0] = clusters;
  const [firstAt, secondAt] = [first.entryOffset % SECTOR, second.entryOffset % SECTOR];
  return {
    firstOf: (sector) => {
      const named = readCluster(asBuffer(sector), firstAt);
      const other = readCluster(asBuffer(sector), secondAt);
      return named === other ? null : indexOf([low, high], named);
    },
    pointTo: (sector, index) => {
      const changed = Buffer.from(sector);
      writeCluster(changed, firstAt, index === 0 ? low : high);
      writeCluster(changed, secondAt, index === 0 ? high : low);
      return changed;
    },
  };
}

function indexOf<T>(places: readonly T[], named: T): GrubPlaceIndex | null {
  if (named === places[0]) return 0;
  return named === places[1] ? 1 : null;
}

/** FAT32 keeps the upper half of the number apart (FAT file system specification 1.03, section 6). */
function readCluster(sector: Buffer, entry: number): number {
  return sector.readUInt16LE(entry + 20) * 2 ** 16 + sector.readUInt16LE(entry + 26);
}

function writeCluster(sector: Buffer, entry: number, cluster: number): void {
  sector.writeUInt16LE(Math.floor(cluster / 2 ** 16), entry + 20);
  sector.writeUInt16LE(cluster % 2 ** 16, entry + 26);
}

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
