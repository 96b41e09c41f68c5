import { readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Slot } from '../../disk/grub-environment-slots.ts';
import { KubeosError } from '../../errors.ts';
import type { KernelFiles } from '../node/find-node-disk.ts';
import { readMounts } from './read-mounts.ts';

/** Where the root image that runs is stored. */
export type RunningRoot =
  /** In a slot of a disk; `boot` is BOOT of that disk. */
  | {
      readonly kind: 'disk';
      readonly image: string;
      readonly disk: string;
      readonly slot: Slot;
      readonly boot: string;
    }
  /** In memory, as a network boot loaded it. */
  | { readonly kind: 'network'; readonly image: string };

/**
 * From what is mounted as root down to the device below: what the kernel has, and not what it was told. So a disk that is
 * a copy of the running one can be told from it.
 *
 * @throws KubeosError HOST_NOT_READY where this is no root image of kubeos
 */
export async function findRunningRoot(files: KernelFiles): Promise<RunningRoot> {
  const place = await deviceBelow(files, await mountedRoot(files));
  const name = path.basename(place);
  const image = path.join(files.dev, name);
  if (name.startsWith('loop')) return { kind: 'network', image };
  const slot = SLOTS.get(await partitionNumber(place));
  if (slot === undefined) throw notOurs(`root is on ${image}`);
  const disk = path.dirname(place);
  const boot = await partition(disk, '1');
  if (boot === undefined) throw notOurs(`${path.basename(disk)} has no partition 1`);
  return {
    kind: 'disk',
    ...{ image, slot, disk: path.basename(disk), boot: path.join(files.dev, boot) },
  };
}

const SLOTS: ReadonlyMap<string, Slot> = new Map([
  ['2', 'A'],
  ['3', 'B'],
]);

/** The directory in sysfs of what is mounted as root. */
async function mountedRoot(files: KernelFiles): Promise<string> {
  const root = (await readMounts(files)).findLast(({ place }) => place === '/');
  if (root === undefined) throw notOurs('nothing is mounted as root');
  return await realpath(path.join(files.sys, 'dev/block', root.number)).catch(() => {
    throw notOurs(`root is a ${root.fileSystem}, on no device`);
  });
}

/** dm-verity stands on exactly one device. */
async function deviceBelow({ sys }: KernelFiles, place: string): Promise<string> {
  const [below, ...others] = await readdir(path.join(place, 'slaves')).catch(() => []);
  if (below === undefined || others.length > 0) return place;
  return await realpath(path.join(sys, 'class/block', below));
}

/** Of a device in sysfs; empty for a whole disk. */
async function partitionNumber(place: string): Promise<string> {
  return (await readFile(path.join(place, 'partition'), 'utf8').catch(() => '')).trim();
}

async function partition(disk: string, number: string): Promise<string | undefined> {
  for (const name of await readdir(disk)) {
    if ((await partitionNumber(path.join(disk, name))) === number) return name;
  }
  return undefined;
}

function notOurs(why: string): KubeosError {
  return new KubeosError('HOST_NOT_READY', `this system runs from no kubeos image: ${why}`, {
    hint: 'start the machine from an image that `kubeos build` made, or over the network from its pxe output',
  });
}
