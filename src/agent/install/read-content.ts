import { openPositional } from '../../disk/positional-file.ts';
import { isZero } from '../../disk/write-at.ts';
import { MIB, SECTOR } from '../../disk/layout.ts';
import { KubeosError } from '../../errors.ts';
import { printable } from './printable.ts';
import type { CommandReader } from '../command-runner.ts';
import type { DiskContent } from './observed-disk.ts';

/**
 * The first sector of a disk while it is being installed: neither a partition table nor something to start from. It is the
 * first that is written, in place of what made the disk what it was, and the last that is overwritten.
 */
export const UNFINISHED = Buffer.from('kubeos-agent install: not finished\n'.padEnd(SECTOR, '#'));

/** What signatures a device has, in words. */
export type Probe = (device: string) => Promise<readonly string[]>;

export interface DiskDevices {
  readonly device: string;
  readonly partitions: readonly string[];
  readonly sizeBytes: number;
}

/** What is on a disk: by blkid, and by whether there is anything at all at its ends. */
export async function readContent(disk: DiskDevices, probe: Probe): Promise<DiskContent> {
  const ends = await readEnds(disk).catch(unreadable);
  if (typeof ends === 'string') return { kind: 'data', found: [`${disk.device}: ${ends}`] };
  const { head, tail } = ends;
  if (head.subarray(0, SECTOR).equals(UNFINISHED)) return { kind: 'unfinished' };
  const found: string[] = [];
  for (const device of [disk.device, ...disk.partitions]) {
    found.push(...(await probe(device)).map((what) => `${device}: ${what}`));
  }
  if (found.length > 0) return { kind: 'data', found };
  if (isZero(head) && isZero(tail)) return { kind: 'blank' };
  return { kind: 'data', found: [`${disk.device}: data of a kind that is not known`] };
}

/** One broken disk must not hide the others. */
function unreadable(error: unknown): string {
  if (error instanceof Error && 'code' in error) return `cannot be read (${String(error.code)})`;
  throw error;
}

async function readEnds({ device, sizeBytes }: DiskDevices) {
  await using file = await openPositional(device);
  const length = Math.min(MIB, sizeBytes);
  const [head, tail] = [Buffer.alloc(length), Buffer.alloc(length)];
  await file.read(head, 0);
  await file.read(tail, sizeBytes - length);
  return { head, tail };
}

/** Of blkid(8): nothing was found, and several contradict each other. */
const [FOUND, NOTHING, SEVERAL] = [0, 2, 8];

/** Asks blkid, which looks at the device itself (`-p`), not at what anybody remembers of it. */
export function probeWithBlkid(run: CommandReader): Probe {
  return async (device) => {
    const { exitCode, stdout } = await run('blkid', ['-p', '-o', 'export', device]);
    if (exitCode === NOTHING) return [];
    if (exitCode === SEVERAL) return ['several signatures that contradict each other'];
    if (exitCode === FOUND) return describeSignatures(stdout);
    throw new KubeosError('COMMAND_FAILED', `blkid could not look at ${device}`, {
      hint: `blkid -p ${device} says why`,
    });
  };
}

function describeSignatures(exported: string): string[] {
  const values = new Map<string, string>();
  for (const line of exported.split('\n')) {
    const [key = '', ...value] = line.split('=');
    values.set(key, printable(value.join('=')));
  }
  const [table, type] = [values.get('PTTYPE'), values.get('TYPE')];
  const label = values.get('LABEL') ?? values.get('PART_ENTRY_NAME');
  const named = label === undefined ? '' : ` "${label}"`;
  return [
    ...(table === undefined ? [] : [`partition table (${table})`]),
    ...(type === undefined ? [] : [`${type}${named}`]),
    ...(table === undefined && type === undefined && values.has('PART_ENTRY_UUID')
      ? [`partition${named} without a signature`]
      : []),
  ];
}
