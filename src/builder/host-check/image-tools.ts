import type { Arch } from '../../disk/layout.ts';
import { FIRMWARE, QEMU } from '../boot/plan-qemu.ts';
import type { RequiredFile, RequiredTool } from './required-tools.ts';

/** What looking into a finished disk needs beside the tools of a build. */
export const INSPECT_TOOLS: readonly RequiredTool[] = [
  { tool: 'sfdisk', deb: 'fdisk', rpm: 'util-linux', purpose: 'kubeos inspect and kubeos diff' },
];

const QEMU_PACKAGES = {
  amd64: { deb: 'qemu-system-x86', rpm: 'qemu-system-x86' },
  arm64: { deb: 'qemu-system-arm', rpm: 'qemu-system-aarch64' },
} as const;

const FIRMWARE_PACKAGES = {
  amd64: { deb: 'ovmf', rpm: 'edk2-ovmf' },
  arm64: { deb: 'qemu-efi-aarch64', rpm: 'edk2-aarch64' },
} as const;

const purpose = 'kubeos boot';

/** What booting such an image on this host needs. */
export function bootNeeds(arch: Arch): { tool: RequiredTool; file: RequiredFile } {
  return {
    tool: { tool: QEMU[arch], ...QEMU_PACKAGES[arch], purpose },
    file: { file: FIRMWARE[arch].code, ...FIRMWARE_PACKAGES[arch], purpose },
  };
}
