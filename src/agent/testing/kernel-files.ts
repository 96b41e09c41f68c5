import { mkdir, open, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { partitionOf, type DiskLayout } from '../../disk/layout.ts';
import { sgdiskCommand } from '../../disk/sgdisk.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { KernelFiles } from '../node/find-node-disk.ts';

const commands = hostCommands({ signal: new AbortController().signal });

export interface TestDisk {
  readonly name: string;
  readonly layout: DiskLayout;
  /** Between the name of the disk and the number of a partition. */
  readonly infix?: string;
}

/** /proc, /sys and /dev of a machine with these disks, booted from that partition; tables are made by sgdisk. */
export async function makeKernelFiles(
  directory: string,
  rootGuid: string,
  disks: readonly TestDisk[],
): Promise<KernelFiles> {
  const at = (name: string): string => path.join(directory, name);
  const files = { proc: at('proc'), sys: at('sys'), dev: at('dev') };
  for (const place of [files.proc, files.dev, path.join(files.sys, 'class/block')]) {
    await mkdir(place, { recursive: true });
  }
  await writeCommandLine(files, rootGuid);
  for (const disk of disks) await addDisk(files, disk);
  return files;
}

export async function writeCommandLine({ proc }: KernelFiles, rootGuid: string): Promise<void> {
  await writeFile(path.join(proc, 'cmdline'), `root=PARTUUID=${rootGuid} ro kubeos.slot=A gpt\n`);
}

async function addDisk({ sys, dev }: KernelFiles, disk: TestDisk): Promise<void> {
  const { name, layout, infix = '' } = disk;
  const file = path.join(dev, name);
  await (await open(file, 'wx')).close();
  await truncate(file, layout.sizeBytes);
  await commands.run(sgdiskCommand(layout, file));
  const place = path.join(sys, 'devices/pci0', name);
  await mkdir(place, { recursive: true });
  await symlink(place, path.join(sys, 'class/block', name));
  for (const number of [1, 2, 3, 4]) {
    const partition = `${name}${infix}${number}`;
    await mkdir(path.join(place, partition));
    await writeFile(path.join(place, partition, 'partition'), `${number}\n`);
    await symlink(path.join(place, partition), path.join(sys, 'class/block', partition));
  }
}

export const guidOf = (layout: DiskLayout, role: 'root-a' | 'root-b' | 'boot'): string =>
  partitionOf(layout, role).guid;
