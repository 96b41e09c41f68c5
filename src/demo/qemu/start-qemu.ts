import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { access, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { FIRMWARE, QEMU } from '../../builder/boot/plan-qemu.ts';
import type { Arch } from '../../disk/layout.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { forwardedPort } from './forwarded-port.ts';

export interface QemuDisk {
  readonly file: string;
  /** The guest sees a write-protected disk. */
  readonly readOnly?: boolean;
  /** What the guest writes is thrown away. */
  readonly snapshot?: boolean;
  /** What it hangs on; default virtio. Linux names its disks vda, nvme0n1 or sda by it. */
  readonly bus?: keyof typeof DEVICES;
  /** The smallest that it reads or writes; default 512. */
  readonly sectorBytes?: 4096;
}

export interface QemuOptions {
  /** Default: amd64, a PC. arm64 is QEMU's `virt` machine, which has UEFI alone. */
  readonly arch?: Arch;
  readonly firmware: 'bios' | 'uefi';
  /** Default: emulation, the same everywhere. */
  readonly accelerator?: 'kvm' | 'tcg';
  /** Raw images; the firmware tries them in this order. */
  readonly disks?: readonly QemuDisk[];
  readonly memoryMiB?: number;
  /** Boots a kernel directly, without boot loader. */
  readonly kernel?: {
    readonly image: string;
    readonly initramfs?: string;
    readonly arguments: string;
  };
  /** TCP ports of the guest that are reached on this host's loopback address; with none, the guest has no network. */
  readonly forwards?: readonly number[];
  /** Gives the guest a network (the host is 10.0.2.2) also without forwards. */
  readonly network?: boolean;
  /** The firmware's variables, which last in this file from machine to machine; by default they are new for each. */
  readonly variables?: string;
  readonly extraArguments?: readonly string[];
  /** False for machines that have to run beside each other; by default each waits until the one before is disposed of. */
  readonly isAlone?: boolean;
}

export interface QemuMachine extends AsyncDisposable {
  /** Everything that the guest has written to its first serial port. */
  readonly serial: () => string;
  /**
   * Waits until the serial text from `after` on (default: all of it) matches.
   * @throws Error with the serial text when the machine ends or the time is over first
   */
  readonly waitFor: (
    pattern: RegExp,
    timeoutMs: number,
    after?: number,
  ) => Promise<RegExpExecArray>;
  readonly send: (text: string) => void;
  /** The port of this host that reaches one of `forwards`. */
  readonly hostPort: (guestPort: number) => Promise<number>;
  /** Files that only this machine needs. */
  readonly directory: string;
  /** Fulfils with QEMU's exit code; null when it was killed. A reset of the guest ends it too. */
  readonly exited: Promise<number | null>;
}

/** Starts a machine without display on emulated hardware; disposing of it kills it. */
export async function startQemu(options: QemuOptions): Promise<QemuMachine> {
  await using undo = new AsyncDisposableStack();
  if (options.isAlone !== false) undo.defer(await enterTurn());
  const directory = undo.use(await openScratch(tmpdir()));
  const { arch = 'amd64', firmware: by, accelerator = 'tcg' } = options;
  const kind = { arch, firmware: by, accelerator };
  const variables = options.variables ?? path.join(directory.path, 'vars.fd');
  const firmware = await firmwareArguments(kind, variables);
  const machine = [QEMU[kind.arch], ...machineArguments(kind), ...firmware];
  // The kernel ends QEMU with this process, however it dies (prctl(2) PR_SET_PDEATHSIG).
  const guard = ['--pdeathsig', 'KILL', '--'];
  const monitor = path.join(directory.path, 'monitor');
  const child = spawn('setpriv', [...guard, ...machine, ...qemuArguments(options, monitor)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  // Started: from here on its end undoes the rest.
  const held = undo.move();
  const started = machineOf(child, async () => await held.disposeAsync());
  const hostPort = async (guestPort: number): Promise<number> =>
    await forwardedPort(monitor, guestPort, started.exited);
  return { ...started, hostPort, directory: directory.path };
}

let lastTurn: Promise<void> = Promise.resolve();

/** One machine at a time in each test process: more would only slow each other down under emulation. */
async function enterTurn(): Promise<() => void> {
  const before = lastTurn;
  const { promise, resolve } = Promise.withResolvers<void>();
  lastTurn = promise;
  await before;
  return resolve;
}

function machineOf(
  child: ChildProcessByStdio<Writable, Readable, null>,
  cleanUp: () => Promise<void>,
): Omit<QemuMachine, 'hostPort' | 'directory'> {
  let text = '';
  const exited = once(child, 'close').then(() => child.exitCode);
  child.stdout.setEncoding('utf8');
  child.stdout.on('data', (chunk: string) => (text += chunk));
  child.stdin.on('error', () => undefined); // EPIPE of a machine that has just ended: waitFor tells
  return {
    serial: () => text,
    exited,
    send: (input) => child.stdin.write(input),
    waitFor: (pattern, timeoutMs, after = 0) =>
      waitForText(
        { child, exited, read: () => pattern.exec(text.slice(after)) },
        timeoutMs,
        () => `${String(pattern)} did not appear; serial:\n${text.slice(-4000)}`,
      ),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
      await cleanUp();
    },
  };
}

interface Watched {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly exited: Promise<number | null>;
  readonly read: () => RegExpExecArray | null;
}

async function waitForText(
  { child, exited, read }: Watched,
  timeoutMs: number,
  explain: () => string,
): Promise<RegExpExecArray> {
  await using cleanup = new AsyncDisposableStack();
  const controller = new AbortController();
  cleanup.defer(() => controller.abort());
  const { signal } = controller;
  const over = Promise.race([
    exited.then(() => 'ended'),
    sleep(timeoutMs, 'timed out', { signal }).catch(() => 'stopped waiting'),
  ]);
  for (;;) {
    const match = read();
    if (match !== null) return match;
    const event = await Promise.race([over, once(child.stdout, 'data', { signal })]);
    if (typeof event === 'string') return lastLook(read, `the machine ${event}: ${explain()}`);
  }
}

function lastLook(read: Watched['read'], failure: string): RegExpExecArray {
  const match = read();
  if (match === null) throw new Error(failure);
  return match;
}

type MachineKind = Required<Pick<QemuOptions, 'arch' | 'firmware' | 'accelerator'>>;

async function firmwareArguments(
  { firmware, arch }: MachineKind,
  variables: string,
): Promise<string[]> {
  if (firmware === 'bios') return [];
  const isNew = await access(variables).then(
    () => false,
    () => true,
  );
  if (isNew) await copyFile(FIRMWARE[arch].variables, variables);
  return [
    ...['-drive', `if=pflash,format=raw,readonly=on,file=${FIRMWARE[arch].code}`],
    ...['-drive', `if=pflash,format=raw,file=${variables}`],
  ];
}

/** The plainest processor model of each: under emulation it is the quickest and steadiest. No guest loads KVM, for nothing. */
function machineArguments({ firmware, arch, accelerator }: MachineKind): string[] {
  const accel = ['-accel', accelerator];
  if (arch === 'arm64') return [...accel, '-machine', 'virt', '-cpu', 'cortex-a57'];
  const cpu = accelerator === 'kvm' ? 'host' : 'qemu64,-svm';
  return [...accel, ...(firmware === 'uefi' ? ['-machine', 'q35'] : []), '-cpu', cpu];
}

function qemuArguments(options: QemuOptions, monitor: string): string[] {
  return [
    ...['-smp', '1', '-m', String(options.memoryMiB ?? 512)],
    ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'stdio'],
    ...['-monitor', `unix:${monitor},server=on,wait=off`],
    ...['-device', 'virtio-rng-pci'],
    ...(options.disks ?? []).flatMap(diskArguments),
    ...kernelArguments(options.kernel),
    ...networkArguments(options),
    ...(options.extraArguments ?? []),
  ];
}

/** Arguments before the drive, and the device that takes it. */
const DEVICES = {
  virtio: { before: [], device: 'virtio-blk-pci' },
  nvme: { before: [], device: 'nvme' },
  scsi: { before: ['-device', 'virtio-scsi-pci'], device: 'scsi-hd' },
} as const;

/** What a machine flushes need not reach this host's disk: it outlives the machine, however that ends, in this host's memory. */
const FLUSHES = 'cache=unsafe';

function diskArguments(disk: QemuDisk, index: number): string[] {
  const flags = `readonly=${disk.readOnly ? 'on' : 'off'},snapshot=${disk.snapshot ? 'on' : 'off'}`;
  const { before, device } = DEVICES[disk.bus ?? 'virtio'];
  // Controllers of one serial number are one subsystem to Linux, which takes the first of them and refuses the others.
  const serial = disk.bus === 'nvme' ? `,serial=kubeos-${index}` : '';
  const sector = `logical_block_size=${disk.sectorBytes},physical_block_size=${disk.sectorBytes}`;
  return [
    ...before,
    ...['-drive', `if=none,id=disk${index},format=raw,${FLUSHES},${flags},file=${disk.file}`],
    '-device',
    `${device}${serial},drive=disk${index},bootindex=${index}${disk.sectorBytes ? `,${sector}` : ''}`,
  ];
}

function kernelArguments(kernel: QemuOptions['kernel']): string[] {
  if (kernel === undefined) return [];
  const initramfs = kernel.initramfs === undefined ? [] : ['-initrd', kernel.initramfs];
  return ['-kernel', kernel.image, ...initramfs, '-append', kernel.arguments];
}

function networkArguments({ forwards = [], network = forwards.length > 0 }: QemuOptions): string[] {
  if (!network) return [];
  // Port 0: any that is free.
  const rules = forwards.map((guestPort) => `,hostfwd=tcp:127.0.0.1:0-:${guestPort}`);
  return ['-netdev', `user,id=net0${rules.join('')}`, '-device', 'virtio-net-pci,netdev=net0'];
}
