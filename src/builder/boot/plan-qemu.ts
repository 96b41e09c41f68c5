import type { Arch } from '../../disk/layout.ts';
import type { Command } from '../../host/commands.ts';

export interface QemuRequest {
  readonly image: string;
  readonly format: 'raw' | 'qcow2';
  readonly arch: Arch;
  readonly firmware: 'uefi' | 'bios';
  readonly accelerator: 'kvm' | 'tcg';
  readonly memoryMiB: number;
  /** A writable copy of the firmware's variables; for uefi only. */
  readonly variables: string;
  /** Port on 127.0.0.1 that reaches the guest's port 22. */
  readonly sshPort?: number;
  /** Keep what the guest writes; otherwise it goes to a temporary file. */
  readonly isPersistent: boolean;
}

/** Where Debian's ovmf and qemu-efi-aarch64 packages put the firmware. */
export const FIRMWARE = {
  amd64: { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  arm64: { code: '/usr/share/AAVMF/AAVMF_CODE.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd' },
} as const;

/** The virtual machine that boots a disk image, with its first serial port on standard input and output. */
export function planQemu(request: QemuRequest): Command {
  return {
    tool: request.arch === 'amd64' ? 'qemu-system-x86_64' : 'qemu-system-aarch64',
    args: [
      ...machine(request),
      ...['-m', String(request.memoryMiB), '-smp', '1'],
      ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'mon:stdio'],
      ...(request.firmware === 'uefi' ? firmware(request) : []),
      ...disk(request),
      ...network(request),
      ...['-device', 'virtio-rng-pci'],
    ],
  };
}

/** qemu64 costs a quarter less than `max` under TCG; arm64 needs a named machine. */
function machine({ arch, accelerator }: QemuRequest): string[] {
  if (arch === 'arm64') {
    return [
      '-machine',
      'virt',
      '-accel',
      accelerator,
      '-cpu',
      accelerator === 'kvm' ? 'host' : 'cortex-a57',
    ];
  }
  return [
    '-machine',
    'q35',
    '-accel',
    accelerator,
    '-cpu',
    accelerator === 'kvm' ? 'host' : 'qemu64',
  ];
}

function firmware({ arch, variables }: QemuRequest): string[] {
  return [
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${quoted(FIRMWARE[arch].code)}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${quoted(variables)}`],
  ];
}

function disk({ image, format, isPersistent }: QemuRequest): string[] {
  const snapshot = isPersistent ? 'off' : 'on';
  return ['-drive', `if=virtio,format=${format},snapshot=${snapshot},file=${quoted(image)}`];
}

function network({ sshPort }: QemuRequest): string[] {
  const forward = sshPort === undefined ? '' : `,hostfwd=tcp:127.0.0.1:${sshPort}-:22`;
  return ['-netdev', `user,id=net0${forward}`, '-device', 'virtio-net-pci,netdev=net0'];
}

/** In QEMU's option lists a comma is written twice. */
const quoted = (file: string): string => file.replaceAll(',', ',,');
