import { findInFat } from '../../../src/disk/fat-extent.ts';
import { partitionOf, type PartitionRole } from '../../../src/disk/layout.ts';
import { openPositional, partOf } from '../../../src/disk/positional-file.ts';
import { LAYOUT } from '../../boot/testbed.ts';
import type { Place } from './cut-points.ts';
import type { DiskRequest } from './serve-disk.ts';

interface Area {
  readonly place: Place;
  readonly offset: number;
  readonly end: number;
}

/** Says of each request where it changes anything. A root counts as the standby one: nothing writes to the other. */
export async function findPlaces(disk: string): Promise<(request: DiskRequest) => Place> {
  const areas = [...(await bootAreas(disk)), ...ROOTS];
  return ({ offset, length, bytes }) => {
    if (RECORDS.every((part) => bytes.includes(part))) return 'records';
    const found = areas.find((area) => offset < area.end && area.offset < offset + length);
    return found?.place ?? 'elsewhere';
  };
}

/**
 * Known by what they say (src/disk/slot-record-file.ts): what the file system says of their blocks is certain only once
 * the journal of a disk that was cut is replayed, and nothing but the node itself shall do that.
 */
const RECORDS = ['{"checksum":"', '"records":{"sequence":'];

const areaOf = (place: Place, role: PartitionRole): Area => {
  const { startBytes, sizeBytes } = partitionOf(LAYOUT, role);
  return { place, offset: startBytes, end: startBytes + sizeBytes };
};

const ROOTS = (['root-a', 'root-b'] as const).map((role) => areaOf('standby root', role));

const BOOT_FILES: ReadonlyMap<string, Place> = new Map([
  ['grubenv', 'environment'],
  ['slot-A.cfg', 'slot files'],
  ['slot-A.sum', 'slot files'],
  ['slot-B.cfg', 'slot files'],
  ['slot-B.sum', 'slot files'],
]);

async function bootAreas(disk: string): Promise<Area[]> {
  await using file = await openPositional(disk);
  const { startBytes, sizeBytes } = partitionOf(LAYOUT, 'boot');
  const boot = partOf(file, startBytes, sizeBytes);
  const areas: Area[] = [];
  for (const [name, place] of BOOT_FILES) {
    const extent = await findInFat(boot, `kubeos/${name}`);
    const offset = startBytes + extent.offset;
    areas.push({ place, offset, end: offset + extent.length });
  }
  return areas;
}
