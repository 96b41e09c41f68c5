import { readdir, readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Slot } from '../../disk/grub-environment-slots.ts';
import { readGpt, type GptTable } from '../../disk/gpt.ts';
import { SECTOR } from '../../disk/layout.ts';
import { openPositional, type PositionalFile } from '../../disk/positional-file.ts';
import { KubeosError } from '../../errors.ts';

/** Devices of the disk that this node booted from. */
export interface NodeDevices {
  readonly booted: Slot;
  readonly disk: string;
  readonly boot: string;
  readonly root: Readonly<Record<Slot, string>>;
  /** The BIOS boot partition; null where the disk has none. */
  readonly biosBoot: string | null;
  /** The version of the GRUB that started this kernel; null where it did not say it. */
  readonly grub: string | null;
  /** Whether it started it with kernel arguments of this node that no boot has shown to be good yet. */
  readonly triesArguments: boolean;
}

export interface KernelFiles {
  /** Usually /proc, /sys and /dev. */
  readonly proc: string;
  readonly sys: string;
  readonly dev: string;
}

/**
 * From the partition that the kernel was told to take as root to its disk, and to the other partitions of that disk only:
 * by their identifiers, never by their names.
 *
 * @throws KubeosError HOST_NOT_READY when no disk, or more than one, has that partition
 */
export async function findNodeDisk(files: KernelFiles): Promise<NodeDevices> {
  const commandLine = await readFile(path.join(files.proc, 'cmdline'), 'utf8');
  const guid = rootGuid(commandLine);
  const found: { readonly name: string; readonly number: number }[] = [];
  for (const name of await diskNames(files)) {
    const number = numberOf(await readTable(path.join(files.dev, name)), guid);
    if (number !== null) found.push({ name, number });
  }
  const [disk, twin] = found;
  if (disk === undefined) throw unusable(`no disk has the partition ${guid}, which is root`);
  if (twin !== undefined) {
    const names = found.map(({ name }) => name).join(' and ');
    throw unusable(`${names} are copies of each other: both have the partition ${guid}`);
  }
  const booted = SLOTS.get(disk.number);
  if (booted === undefined) {
    throw unusable(`root is partition ${disk.number} of ${disk.name}, not one of the two slots`);
  }
  const device = async (number: number): Promise<string> =>
    path.join(files.dev, await partitionName(files, disk.name, number));
  return {
    booted,
    disk: path.join(files.dev, disk.name),
    boot: await device(1),
    root: { A: await device(2), B: await device(3) },
    biosBoot: await device(5).catch(() => null),
    grub: GRUB_VERSION.exec(commandLine)?.[1] ?? null,
    triesArguments: commandLine.split(/\s/).includes('kubeos.arguments=trial'),
  };
}

const GRUB_VERSION = /(?:^|\s)kubeos\.grub=((?:uefi|bios)-[0-9a-f]{16})(?:\s|$)/;

const SLOTS: ReadonlyMap<number, Slot> = new Map([
  [2, 'A'],
  [3, 'B'],
]);

function rootGuid(commandLine: string): string {
  const root = /(?:^|\s)root=PARTUUID=([0-9a-fA-F-]{36})(?:\s|$)/.exec(commandLine)?.[1];
  if (root !== undefined) return root.toUpperCase();
  throw unusable('the kernel was not told a partition by its identifier (root=PARTUUID=…)');
}

/** Whole disks: partitions have a number, and what is made of other devices has no place of its own. */
async function diskNames({ sys }: KernelFiles): Promise<readonly string[]> {
  const directory = path.join(sys, 'class/block');
  const names: string[] = [];
  for (const name of (await readdir(directory)).toSorted()) {
    const place = await realpath(path.join(directory, name));
    if (place.includes('/virtual/block/')) continue;
    if (!(await readdir(place)).includes('partition')) names.push(name);
  }
  return names;
}

async function partitionName({ sys }: KernelFiles, disk: string, number: number): Promise<string> {
  const directory = path.join(sys, 'class/block', disk);
  for (const name of await readdir(directory)) {
    const text = await readFile(path.join(directory, name, 'partition'), 'utf8').catch(() => '');
    if (text.trim() === String(number)) return name;
  }
  throw unusable(`${disk} has no partition ${number}`);
}

const HEAD_BYTES = 2 ** 16;

/** The primary table, or the backup where that is damaged; null for a disk without either, or without a medium. */
async function readTable(device: string): Promise<GptTable | null> {
  try {
    await using disk = await openPositional(device);
    const sectors = Math.floor(disk.size / SECTOR);
    const primary = readGpt(await window(disk, 0), 1);
    if (primary?.isValid === true) return primary;
    const backup = readGpt(await window(disk, sectors * SECTOR - HEAD_BYTES), sectors - 1);
    return backup?.isValid === true ? backup : null;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

/** Bytes around one end of the disk; `readGpt` asks for no others where the table is sound. */
async function window(
  disk: PositionalFile,
  from: number,
): Promise<(offset: number, length: number) => Uint8Array> {
  const start = Math.max(0, from);
  const bytes = Buffer.alloc(Math.min(HEAD_BYTES, disk.size - start));
  await disk.read(bytes, start);
  return (offset, length) =>
    offset < start ? new Uint8Array() : bytes.subarray(offset - start, offset - start + length);
}

function numberOf(table: GptTable | null, guid: string): number | null {
  const entry = [...(table?.entries ?? [])].find(([, { guid: has }]) => has === guid);
  return entry?.[0] ?? null;
}

function unusable(message: string): KubeosError {
  return new KubeosError('HOST_NOT_READY', message, {
    hint: 'the agent needs a disk that `kubeos build` or `kubeos-agent install` made, and only one of it',
  });
}
