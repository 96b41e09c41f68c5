import { isDeepStrictEqual } from 'node:util';
import { readGpt, type GptTable, type ReadDisk } from '../../src/disk/gpt.ts';
import { SECTOR } from '../../src/disk/layout.ts';

export interface DiskUnderJudgement {
  readonly readDisk: ReadDisk;
  /** Number of the last sector. */
  readonly lastSector: number;
  /** The table before anything was written. */
  readonly before: GptTable;
}

/** Who has to find its way on the disk, and by what rules. @returns what is wrong, or nothing */
export const JUDGES: Readonly<Record<string, (disk: DiskUnderJudgement) => string | undefined>> = {
  firmware: judgeFirmware,
  grub: judgeGrub,
  linux: judgeLinux,
};

/**
 * UEFI specification 5.2.3 and 5.3.2: a protective MBR, and the primary table valid, or else the backup
 * in the last sector.
 */
function judgeFirmware(disk: DiskUnderJudgement): string | undefined {
  if (!hasProtectiveMbr(disk)) return 'no protective MBR';
  const valid = validTable(disk, 1) ?? validTable(disk, disk.lastSector);
  if (valid === undefined) return 'neither table is valid';
  return differingEntries(disk, valid);
}

/** grub-core/partmap/gpt.c: a protective MBR, the primary's signature; checksums and the backup are not looked at. */
function judgeGrub(disk: DiskUnderJudgement): string | undefined {
  if (!hasProtectiveMbr(disk)) return 'no protective MBR';
  const primary = readGpt(disk.readDisk, 1);
  return primary === undefined ? 'no primary header' : differingEntries(disk, primary);
}

/**
 * block/partitions/efi.c with `gpt` on the command line: the primary if it is valid; else the backup at the
 * place that the primary named, which counts only when the primary was valid, or in the last sector.
 */
function judgeLinux(disk: DiskUnderJudgement): string | undefined {
  const fits = (table: GptTable | undefined): boolean =>
    table !== undefined &&
    table.lastUsable <= disk.lastSector &&
    table.firstUsable <= table.lastUsable;
  const valid = [validTable(disk, 1), validTable(disk, disk.lastSector)].find(fits);
  return valid === undefined ? 'neither table is valid' : differingEntries(disk, valid);
}

function validTable({ readDisk }: DiskUnderJudgement, sector: number): GptTable | undefined {
  const table = readGpt(readDisk, sector);
  return table?.isValid === true ? table : undefined;
}

function hasProtectiveMbr({ readDisk }: DiskUnderJudgement): boolean {
  const mbr = Buffer.from(readDisk(0, SECTOR));
  const isBootRecord = mbr.readUInt16LE(510) === 0xaa55;
  return isBootRecord && mbr[450] === 0xee && mbr.readUInt32LE(454) === 1;
}

/** Entries 1-3 never change; of PERSIST only the end may, and only to grow. */
function differingEntries(disk: DiskUnderJudgement, table: GptTable): string | undefined {
  for (const number of [1, 2, 3, 5]) {
    if (!isDeepStrictEqual(table.entries.get(number), disk.before.entries.get(number))) {
      return `entry ${number} has changed`;
    }
  }
  const before = disk.before.entries.get(4);
  const after = table.entries.get(4);
  if (before === undefined || after === undefined) return 'entry 4 is missing';
  if (after.lastSector < before.lastSector) return 'entry 4 has shrunk';
  const isSame = isDeepStrictEqual({ ...after, lastSector: 0 }, { ...before, lastSector: 0 });
  return isSame ? undefined : 'entry 4 has changed';
}
