import { mkdtempDisposable, truncate } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { copySparse } from '../../src/disk/copy-sparse.ts';
import { planLayout, type Arch, type DiskLayout } from '../../src/disk/layout.ts';
import { hostCommands } from '../../src/host/run-commands.ts';
import type { QemuDisk, QemuOptions } from '../../src/demo/qemu/machine-arguments.ts';
import { startQemu, type QemuMachine } from '../../src/demo/qemu/start-qemu.ts';
import { openGuestShell, shellArguments, type GuestShell } from './guest-shell.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MIB = 2 ** 20;
/** Far beyond what emulation needs on a busy machine; nothing is asserted about time. */
export const BOOT_TIMEOUT_MS = 15 * 60_000;

export const commands = hostCommands({ signal: new AbortController().signal });

/** The partitions of fixtures/images/testbed, and the places of those of fixtures/images/arm64. */
export const LAYOUT: DiskLayout = planLayout({
  arch: 'amd64',
  bootBytes: 64 * MIB,
  rootBytes: 640 * MIB,
  persistBytes: 256 * MIB,
  hasBiosBoot: true,
  seed: 'testbed/amd64',
});

export interface Testbed extends AsyncDisposable {
  readonly directory: string;
  /** The disk as built. */
  readonly disk: string;
  /** A copy to boot and to damage, with this many MiB more room at its end. */
  copyDisk(name: string, extraMiB?: number): Promise<string>;
}

/** Builds the testbed image with `kubeos build`, in a folder of its own. */
export async function buildTestbed(...overrides: readonly string[]): Promise<Testbed> {
  await using undo = new AsyncDisposableStack();
  const directory = undo.use(await mkdtempDisposable('/var/tmp/kubeos-testbed-'));
  await kubeos(
    ...['build', 'fixtures/images/testbed/kubeos.yaml', '--out', directory.path, '--quiet'],
    ...overrides.flatMap((override) => ['--set', override]),
  );
  // Built: from here on it is the caller's to remove.
  undo.move();
  const disk = path.join(directory.path, 'disk.raw');
  return {
    directory: directory.path,
    disk,
    copyDisk: async (name, extraMiB = 0) => {
      const copy = path.join(directory.path, name);
      await copySparse(disk, copy);
      if (extraMiB > 0) await truncate(copy, LAYOUT.sizeBytes + extraMiB * MIB);
      return copy;
    },
    [Symbol.asyncDispose]: async () => await directory.remove(),
  };
}

/** Runs the command line of this checkout. */
export async function kubeos(...args: readonly string[]): Promise<string> {
  const command = { tool: process.execPath, args: ['bin/kubeos.ts', ...args] };
  return (await commands.run({ ...command, workingDirectory: ROOT })).stdout;
}

export interface Guest extends AsyncDisposable {
  readonly machine: QemuMachine;
  readonly shell: GuestShell;
  /** Shuts the guest down in order and waits for the end of the machine. */
  powerOff(): Promise<void>;
}

interface GuestOptions {
  readonly arch?: Arch;
  /** What the disk hangs on; default virtio. */
  readonly bus?: QemuDisk['bus'];
  /** Disks beside the one that is booted. */
  readonly moreDisks?: readonly QemuDisk[];
  /** The host is 10.0.2.2 there. */
  readonly network?: boolean;
  readonly memoryMiB?: number;
  /** The firmware's, as in QemuOptions. */
  readonly variables?: string;
  readonly extraArguments?: readonly string[];
}

/** Boots a disk until its root shell answers. */
export async function bootGuest(
  file: string,
  firmware: 'bios' | 'uefi',
  { moreDisks = [], memoryMiB = 768, bus = 'virtio', ...options }: GuestOptions = {},
): Promise<Guest> {
  const disks = [{ file, bus }, ...moreDisks];
  return await bootMachine(`${file}.shell`, { ...options, firmware, disks, memoryMiB });
}

/** Starts a machine, and waits until its root shell answers at the socket. */
export async function bootMachine(socket: string, options: QemuOptions): Promise<Guest> {
  const more = options.extraArguments ?? [];
  const extraArguments = [...more, ...shellArguments(socket, options.arch)];
  const machine = await startQemu({ ...options, extraArguments });
  const shell = await Promise.race([openGuestShell(socket, BOOT_TIMEOUT_MS), endOf(machine)]).catch(
    async (error: unknown) => {
      await machine[Symbol.asyncDispose]();
      throw error;
    },
  );
  return {
    machine,
    shell,
    powerOff: async () => {
      shell.run('systemctl --no-block poweroff').catch(() => undefined);
      await machine.exited;
    },
    [Symbol.asyncDispose]: async () => {
      shell[Symbol.dispose]();
      await machine[Symbol.asyncDispose]();
    },
  };
}

/** Boots a disk that is expected to reset by itself, and returns what it wrote to its console. */
export async function bootUntilReset(
  disk: string,
  firmware: 'bios' | 'uefi',
  more: Pick<QemuOptions, 'variables' | 'extraArguments'> = {},
): Promise<string> {
  const options = { firmware, disks: [{ file: disk }], memoryMiB: 768, ...more };
  await using machine = await startQemu(options);
  await machine.exited;
  return machine.serial();
}

async function endOf(machine: QemuMachine): Promise<never> {
  await machine.exited;
  throw new Error(`the machine ended:\n${machine.serial().slice(-4000)}`);
}
