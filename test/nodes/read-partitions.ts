import { readGpt } from '../../src/disk/gpt.ts';
import { SECTOR } from '../../src/disk/layout.ts';
import { openPositional } from '../../src/disk/positional-file.ts';

/** In bytes. */
export interface PartitionExtent {
  /** Partition UUID, lower case. */
  readonly identity: string;
  readonly offset: number;
  readonly size: number;
}

/** BOOT, ROOT-A, ROOT-B, PERSIST, by the table on the disk. */
export async function readPartitions(disk: string): Promise<readonly PartitionExtent[]> {
  await using file = await openPositional(disk);
  const head = Buffer.alloc(64 * SECTOR);
  await file.read(head, 0);
  const table = readGpt((offset, length) => head.subarray(offset, offset + length), 1);
  if (table?.isValid !== true) throw new Error(`${disk} has no valid partition table`);
  return [1, 2, 3, 4].map((number) => {
    const entry = table.entries.get(number);
    if (entry === undefined) throw new Error(`${disk} has no partition ${number}`);
    const sectors = entry.lastSector - entry.firstSector + 1;
    const [offset, size] = [entry.firstSector * SECTOR, sectors * SECTOR];
    return { identity: entry.guid.toLowerCase(), offset, size };
  });
}

export function numbered(
  partitions: readonly PartitionExtent[],
  number: 1 | 2 | 3 | 4,
): PartitionExtent {
  const found = partitions[number - 1];
  if (found === undefined) throw new Error(`no partition ${number}`);
  return found;
}
