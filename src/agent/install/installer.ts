import { randomUUID } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { planBootFiles } from '../../disk/boot-files.ts';
import { CREDENTIALS_FOLDER, type Credentials } from '../../disk/credentials.ts';
import { leastLayout } from '../../disk/disk-shape.ts';
import { MKE2FS_CONFIGURATION_FILE } from '../../disk/ext4-arguments.ts';
import { grubOnDisk } from '../../disk/grub-on-disk.ts';
import { MIB } from '../../disk/layout.ts';
import { readPastCache } from '../../disk/read-past-cache.ts';
import { KubeosError } from '../../errors.ts';
import { loadDiskParts, type DiskParts } from './disk-parts.ts';
import { firstRecords } from './first-records.ts';
import { installRelease, type Installation } from './install-release.ts';
import { observeDisks } from './observe-disks.ts';
import type { ObservedDisk } from './observed-disk.ts';
import { openTarget } from './open-target.ts';
import { planInstall, type InstallPlan } from './plan-install.ts';
import type { Probe } from './read-content.ts';
import { loadRunningRelease, type ReleasePlaces, type RunningRelease } from './running-release.ts';
import type { ToolRunner } from './run-tool.ts';

export interface InstallerHost {
  readonly places: ReleasePlaces;
  readonly probe: Probe;
  readonly run: ToolRunner;
}

/** What runs and could be installed, and the disks of this machine. */
export interface Surroundings extends DiskParts {
  readonly release: RunningRelease;
  /** What a disk must have. */
  readonly leastBytes: number;
  readonly disks: readonly ObservedDisk[];
}

/**
 * Looks around, and changes nothing.
 *
 * @throws KubeosError HOST_NOT_READY where nothing can be installed from here; as `loadRunningRelease` and `loadDiskParts`
 */
export async function lookForDisks({ places, probe }: InstallerHost): Promise<Surroundings> {
  const release = await loadRunningRelease(places);
  const { shape, grub } = await loadDiskParts(places.tree);
  const running = release.root.kind === 'disk' ? release.root.disk : null;
  const disks = await observeDisks({ ...places, probe, running });
  return { release, shape, grub, disks, leastBytes: leastLayout(shape, '').sizeBytes };
}

/** The disk that a path means, by whatever link. @throws KubeosError USAGE */
export async function pickDisk(
  disks: readonly ObservedDisk[],
  device: string,
): Promise<ObservedDisk> {
  const place = await realpath(device).catch(() => device);
  const disk = disks.find((candidate) => candidate.device === place);
  if (disk !== undefined) return disk;
  const whole = disks.find((candidate) => isPartitionOf(candidate, place));
  const known = disks.map((candidate) => candidate.device).join(', ');
  throw new KubeosError('USAGE', `${device} is not a disk of this machine`, {
    hint:
      whole === undefined
        ? `it has: ${known === '' ? 'none' : known}`
        : `is it a partition? Name the whole disk: ${whole.device}`,
  });
}

/** By its name, which is good enough for a hint: Linux sets a `p` before the number where the disk's own name ends in one. */
function isPartitionOf({ device }: ObservedDisk, place: string): boolean {
  return place.startsWith(device) && /^p?\d+$/.test(place.slice(device.length));
}

/** What a disk gets beside the release. */
export interface NewNode {
  readonly credentials: Credentials;
  readonly time: Date;
}

/** What would be written to a disk; every time with identifiers of its own. @throws KubeosError NO_SPACE */
export function planDisk(
  { release, shape, grub }: Surroundings,
  { sizeBytes: diskBytes }: ObservedDisk,
  { credentials, time }: NewNode,
): InstallPlan {
  assertRootFits(release, shape);
  const { uefi, bios: biosCode } = grubOnDisk(grub, release.slot.epoch);
  const bootFiles = new Map([
    ...planBootFiles(release, uefi, shape.arch),
    ...[...credentials].map(
      ([name, content]) => [`${CREDENTIALS_FOLDER}/${name}`, content] as const,
    ),
  ]);
  return planInstall({ shape, diskBytes, seed: randomUUID(), bootFiles, biosCode, time });
}

/** The root image of a plain tar was made for the partition of the node that took it, which may be larger. */
function assertRootFits({ slot: { image } }: RunningRelease, { root }: DiskParts['shape']): void {
  if (image.size <= root) return;
  const sizes = `${Math.ceil(image.size / MIB)} MiB, a root partition of a new disk has ${root / MIB} MiB`;
  throw new KubeosError('NO_SPACE', `the root image that runs takes ${sizes}`, {
    hint: 'build the image anew with larger root partitions (partitions.root), and start from that',
  });
}

export interface InstallOrder extends Pick<Installation, 'plan' | 'signal' | 'report'> {
  readonly release: RunningRelease;
  readonly device: string;
  readonly time: Date;
}

/** Writes a disk that was found fit for it. @throws KubeosError as `openTarget` and `installRelease` */
export async function writeDisk(order: InstallOrder, host: InstallerHost): Promise<void> {
  try {
    await openAndWrite(order, host);
    await tellKernel(order.device, host);
  } catch (cause) {
    if (cause instanceof KubeosError || !(cause instanceof Error && 'code' in cause)) throw cause;
    const message = `${order.device} cannot be installed: ${cause.message}`;
    throw new KubeosError('HOST_NOT_READY', message, {
      cause,
      hint: 'dmesg may say more of the disk; the same command begins anew',
    });
  }
}

/** So that what is on the disk now is seen at once. udev tells the kernel, too, where it comes to it; a restart does in any case. */
async function tellKernel(device: string, { run }: InstallerHost): Promise<void> {
  await run('partx', ['--update', device]).catch(() => undefined);
}

async function openAndWrite(order: InstallOrder, host: InstallerHost): Promise<void> {
  const { release, device, time } = order;
  const { image } = release.slot;
  await using target = await openTarget({
    ...{ device, run: host.run },
    mke2fsConfiguration: `${host.places.tree}${MKE2FS_CONFIGURATION_FILE}`,
    records: firstRecords(release.recorded, time),
  });
  await installRelease({
    ...{ ...order, target, expected: image },
    image: readPastCache(release.root.image, image.size),
  });
}
