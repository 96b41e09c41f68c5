import { findInFat } from '../../../src/disk/fat-extent.ts';
import { partitionOf, type PartitionRole } from '../../../src/disk/layout.ts';
import { openPositional, partOf } from '../../../src/disk/positional-file.ts';
import { commands, LAYOUT } from '../../boot/testbed.ts';
import type { Place } from './cut-points.ts';
import type { DiskRequest } from './serve-disk.ts';

interface Area {
  readonly place: Place;
  readonly offset: number;
  readonly end: number;
}

/** Says of each request where it changes anything. A root counts as the standby one: nothing writes to the other. */
export async function findPlaces(disk: string): Promise<(request: DiskRequest) => Place> {
  const areas = [...(await bootAreas(disk)), ...(await recordAreas(disk)), ...ROOTS];
  return ({ offset, length }) =>
    areas.find((area) => offset < area.end && area.offset < offset + length)?.place ?? 'elsewhere';
}

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

const BLOCK = 4096;

/** None before the first start of the agent, which makes them. */
async function recordAreas(disk: string): Promise<Area[]> {
  const { startBytes } = partitionOf(LAYOUT, 'persist');
  const args = ['-R', 'blocks /kubeos/slots.json', `${disk}?offset=${startBytes}`];
  const { stdout } = await commands.run({ tool: 'debugfs', args });
  return stdout
    .trim()
    .split(/\s+/)
    .map(Number)
    .filter((block) => block > 0)
    .map((block) => startBytes + block * BLOCK)
    .map((offset) => ({ place: 'records', offset, end: offset + BLOCK }));
}
