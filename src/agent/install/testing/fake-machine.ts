import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KernelFiles } from '../../node/find-node-disk.ts';

/** A block device of /sys, as the kernel would show it. */
export interface FakeDevice {
  readonly name: string;
  /** `major:minor`. */
  readonly number: string;
  readonly sizeBytes?: number;
  /** Further attributes by path, such as `device/model`. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** By number. */
  readonly partitions?: Readonly<Record<number, Omit<FakeDevice, 'partitions'>>>;
  readonly slaves?: readonly string[];
  readonly holders?: readonly string[];
  /** Made of other devices, or of memory. */
  readonly isVirtual?: boolean;
}

export interface FakeMachine {
  readonly devices: readonly FakeDevice[];
  /** Lines of /proc/self/mountinfo. */
  readonly mounts: readonly string[];
  readonly swaps?: readonly string[];
  readonly commandLine?: string;
}

/** /proc, /sys and /dev of a machine; its devices in /dev are files of zeros. */
export async function fakeMachine(directory: string, machine: FakeMachine): Promise<KernelFiles> {
  const at = (name: string): string => path.join(directory, name);
  const files = { proc: at('proc'), sys: at('sys'), dev: at('dev') };
  for (const place of ['proc/self', 'dev', 'sys/class/block', 'sys/dev/block']) {
    await mkdir(at(place), { recursive: true });
  }
  await writeFile(at('proc/self/mountinfo'), `${machine.mounts.join('\n')}\n`);
  const swaps = (machine.swaps ?? []).map((device) => `${device}\tpartition\t1024\t0\t-2\n`);
  await writeFile(at('proc/swaps'), `Filename\tType\tSize\tUsed\tPriority\n${swaps.join('')}`);
  await writeFile(at('proc/cmdline'), `${machine.commandLine ?? ''}\n`);
  for (const device of machine.devices) {
    const place = device.isVirtual === true ? 'devices/virtual/block' : 'devices/pci0/block';
    const directoryOf = path.join(files.sys, place, device.name);
    await addDevice(files, directoryOf, device);
    for (const [number, partition] of Object.entries(device.partitions ?? {})) {
      const inside = path.join(directoryOf, partition.name);
      await addDevice(files, inside, partition);
      await writeFile(path.join(inside, 'partition'), `${number}\n`);
    }
  }
  return files;
}

async function addDevice(
  { sys, dev }: KernelFiles,
  place: string,
  device: FakeDevice,
): Promise<void> {
  const { name, number, sizeBytes = 0 } = device;
  for (const folder of ['device', 'queue', 'holders', 'slaves']) {
    await mkdir(path.join(place, folder), { recursive: true });
  }
  const attributes = {
    ...{ size: sizeBytes / 512, dev: number, ro: 0, 'queue/logical_block_size': 512 },
    ...device.attributes,
  };
  for (const [attribute, value] of Object.entries(attributes)) {
    await writeFile(path.join(place, attribute), `${value}\n`);
  }
  for (const holder of device.holders ?? []) await mkdir(path.join(place, 'holders', holder));
  for (const slave of device.slaves ?? []) await mkdir(path.join(place, 'slaves', slave));
  await symlink(place, path.join(sys, 'class/block', name));
  await symlink(place, path.join(sys, 'dev/block', number));
  await writeFile(path.join(dev, name), '');
  await truncate(path.join(dev, name), sizeBytes);
}
