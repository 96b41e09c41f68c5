import type { Arch } from '../../disk/layout.ts';
import type { Command } from '../../host/commands.ts';
import type { ImageFormat } from '../inspect/image-report.ts';
import { QEMU_DRIVERS } from '../inspect/open-image.ts';

export interface QemuRequest {
  readonly image: string;
  readonly format: ImageFormat;
  readonly arch: Arch;
  readonly firmware: 'uefi' | 'bios';
  readonly accelerator: 'kvm' | 'tcg';
  readonly memoryMiB: number;
  /** A writable copy of the firmware's variables; for uefi only. */
  readonly variables: string;
  /** Port on 127.0.0.1 that reaches the guest's port 22. */
  readonly sshPort?: number;
  /** Each becomes an OEM string of the guest (SMBIOS type 11). */
  readonly oemStrings?: readonly string[];
  /** Keep what the guest writes; otherwise it goes to a temporary file. */
  readonly isPersistent: boolean;
}

/** Where Debian's ovmf and qemu-efi-aarch64 packages put the firmware. */
export const FIRMWARE = {
  amd64: { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  arm64: { code: '/usr/share/AAVMF/AAVMF_CODE.fd', variables: '/usr/share/AAVMF/AAVMF_VARS.fd' },
} as const;

export const QEMU = { amd64: 'qemu-system-x86_64', arm64: 'qemu-system-aarch64' } as const;

/** The virtual machine that boots a disk image, with its first serial port on standard input and output. */
export function planQemu(request: QemuRequest): Command {
  return {
    tool: QEMU[request.arch],
    args: [
      ...machine(request),
      ...['-m', String(request.memoryMiB), '-smp', '1'],
      ...['-nodefaults', '-display', 'none', '-no-reboot', '-serial', 'mon:stdio'],
      ...(request.firmware === 'uefi' ? firmware(request) : []),
      ...disk(request),
      ...network(request),
      ...smbios(request),
      ...['-device', 'virtio-rng-pci'],
    ],
  };
}

/** qemu64 costs a quarter less than `max` under TCG. KVM gives arm64 guests only the interrupt controller of the host. */
function machine({ arch, accelerator }: QemuRequest): string[] {
  const isKvm = accelerator === 'kvm';
  const [type, cpu] =
    arch === 'amd64'
      ? ['q35', isKvm ? 'host' : 'qemu64']
      : [isKvm ? 'virt,gic-version=host' : 'virt', isKvm ? 'host' : 'cortex-a57'];
  return ['-machine', type, '-accel', accelerator, '-cpu', cpu];
}

function firmware({ arch, variables }: QemuRequest): string[] {
  return [
    ...['-drive', `if=pflash,format=raw,unit=0,readonly=on,file=${quoted(FIRMWARE[arch].code)}`],
    ...['-drive', `if=pflash,format=raw,unit=1,file=${quoted(variables)}`],
  ];
}

function disk({ image, format, isPersistent }: QemuRequest): string[] {
  const snapshot = isPersistent ? 'off' : 'on';
  return [
    '-drive',
    `if=virtio,format=${QEMU_DRIVERS[format]},snapshot=${snapshot},file=${quoted(image)}`,
  ];
}

function network({ sshPort }: QemuRequest): string[] {
  const forward = sshPort === undefined ? '' : `,hostfwd=tcp:127.0.0.1:${sshPort}-:22`;
  return ['-netdev', `user,id=net0${forward}`, '-device', 'virtio-net-pci,netdev=net0'];
}

function smbios({ oemStrings: files = [] }: QemuRequest): string[] {
  if (files.length === 0) return [];
  return ['-smbios', ['type=11', ...files.map((file) => `path=${quoted(file)}`)].join(',')];
}

/** In QEMU's option lists a comma is written twice. */
export const quoted = (file: string): string => file.replaceAll(',', ',,');
