import type { Arch } from '../../disk/layout.ts';

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
  /** A file for all that it writes to its first serial port. */
  readonly log?: string;
  readonly extraArguments?: readonly string[];
  /** False for machines that have to run beside each other; by default each waits until the one before is disposed of. */
  readonly isAlone?: boolean;
}

export type MachineKind = Required<Pick<QemuOptions, 'arch' | 'firmware' | 'accelerator'>>;

/** The plainest processor model of each: under emulation it is the quickest and steadiest. No guest loads KVM, for nothing. */
export function machineArguments({ firmware, arch, accelerator }: MachineKind): string[] {
  const accel = ['-accel', accelerator];
  if (arch === 'arm64') return [...accel, '-machine', 'virt', '-cpu', 'cortex-a57'];
  const cpu = accelerator === 'kvm' ? 'host' : 'qemu64,-svm';
  return [...accel, ...(firmware === 'uefi' ? ['-machine', 'q35'] : []), '-cpu', cpu];
}

/** What the machine is made of. @param monitor place for the unix socket of QEMU's monitor */
export function partArguments(options: QemuOptions, monitor: string): string[] {
  return [
    ...['-smp', '1', '-m', String(options.memoryMiB ?? 512)],
    ...['-nodefaults', '-display', 'none', '-no-reboot', ...serialArguments(options)],
    ...['-monitor', `unix:${monitor},server=on,wait=off`],
    ...['-device', 'virtio-rng-pci'],
    ...(options.disks ?? []).flatMap(diskArguments),
    ...kernelArguments(options.kernel),
    ...networkArguments(options),
    ...(options.extraArguments ?? []),
  ];
}

function serialArguments({ log }: QemuOptions): string[] {
  if (log === undefined) return ['-serial', 'stdio'];
  // A comma in a value is written twice.
  const logFile = log.replaceAll(',', ',,');
  return ['-chardev', `stdio,id=serial,logfile=${logFile}`, '-serial', 'chardev:serial'];
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
