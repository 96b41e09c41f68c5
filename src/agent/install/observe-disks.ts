import { readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { KernelFiles } from '../node/find-node-disk.ts';
import type { ObservedDisk } from './observed-disk.ts';
import { printable } from './printable.ts';
import { readContent, type Probe } from './read-content.ts';
import { readMounts, type Mount } from './read-mounts.ts';

export interface DiskSearch extends KernelFiles {
  readonly probe: Probe;
  /** The disk that the running system is on; null: none. */
  readonly running: string | null;
}

/** Every disk of this machine that has a medium, by name. Changes nothing. */
export async function observeDisks(search: DiskSearch): Promise<readonly ObservedDisk[]> {
  const machine = { mounts: await readMounts(search), swaps: await readSwaps(search) };
  const disks: ObservedDisk[] = [];
  for (const name of (await readdir(path.join(search.sys, 'class/block'))).toSorted()) {
    const place = await realpath(path.join(search.sys, 'class/block', name));
    if (await isDisk(place)) disks.push(await observeDisk(search, place, machine));
  }
  return disks;
}

interface Machine {
  readonly mounts: readonly Mount[];
  /** Devices. */
  readonly swaps: readonly string[];
}

/** Partitions belong to a disk; what is made of other devices, or of memory, has no place of its own. */
async function isDisk(place: string): Promise<boolean> {
  if (place.includes('/virtual/block/')) return false;
  // Of several ways to one NVMe disk only the head is used.
  if ((await attribute(place, 'hidden')) === '1') return false;
  return (await attribute(place, 'partition')) === '' && (await sizeOf(place)) > 0;
}

async function observeDisk(
  search: DiskSearch,
  place: string,
  machine: Machine,
): Promise<ObservedDisk> {
  const name = path.basename(place);
  const device = path.join(search.dev, name);
  const partitions = await partitionsOf(place);
  const sizeBytes = await sizeOf(place);
  const model = await modelOf(place);
  const devices = partitions.map((partition) => path.join(search.dev, path.basename(partition)));
  return {
    ...{ name, device, sizeBytes },
    sectorBytes: Number(await attribute(place, 'queue/logical_block_size')),
    model: model === '' ? null : model,
    isReadOnly: (await attribute(place, 'ro')) === '1',
    uses: [
      ...(name === search.running ? ['the running system is on it'] : []),
      ...(await usesOf([place, ...partitions], machine)),
    ],
    content: await readContent({ device, partitions: devices, sizeBytes }, search.probe),
  };
}

/** Vendor and model; of a virtual disk the vendor is the number of one, which says nothing. */
async function modelOf(place: string): Promise<string> {
  const vendor = await attribute(place, 'device/vendor');
  const model = await attribute(place, 'device/model');
  return printable(vendor.startsWith('0x') ? model : `${vendor} ${model}`);
}

async function usesOf(places: readonly string[], { mounts, swaps }: Machine): Promise<string[]> {
  const uses: string[] = [];
  for (const place of places) {
    const name = path.basename(place);
    const number = await attribute(place, 'dev');
    uses.push(
      ...mounts
        .filter((mount) => mount.number === number || path.basename(mount.source) === name)
        .map((mount) => `${name} is mounted on ${mount.place}`),
      ...(swaps.includes(name) ? [`${name} is swap`] : []),
      ...(await namesIn(path.join(place, 'holders'))).map(
        (holder) => `${name} is part of ${holder}`,
      ),
    );
  }
  return uses;
}

/** sysfs keeps a partition inside the directory of its disk. */
async function partitionsOf(place: string): Promise<string[]> {
  const found: { readonly place: string; readonly number: number }[] = [];
  for (const name of await readdir(place)) {
    const number = await attribute(place, `${name}/partition`);
    if (number !== '') found.push({ place: path.join(place, name), number: Number(number) });
  }
  return found.toSorted((one, other) => one.number - other.number).map((one) => one.place);
}

async function readSwaps({ proc }: KernelFiles): Promise<string[]> {
  const text = await readFile(path.join(proc, 'swaps'), 'utf8').catch(() => '');
  return text
    .split('\n')
    .slice(1)
    .map((line) => path.basename(line.split(/\s/)[0] ?? ''));
}

/** sysfs counts in 512 bytes whatever a disk's sectors are. */
async function sizeOf(place: string): Promise<number> {
  return Number(await attribute(place, 'size')) * 512;
}

/** Empty where there is none. */
async function attribute(place: string, name: string): Promise<string> {
  return (await readFile(path.join(place, name), 'utf8').catch(() => '')).trim();
}

async function namesIn(directory: string): Promise<string[]> {
  return await readdir(directory).catch(() => []);
}
