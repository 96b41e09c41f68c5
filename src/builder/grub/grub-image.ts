import type { Arch } from '../../disk/layout.ts';
import type { Command } from '../../host/commands.ts';

export type Firmware = 'uefi' | 'bios';

export interface GrubImageRequest {
  /** bios is for amd64 only; the image definition refuses the other pair. */
  readonly firmware: Firmware;
  readonly arch: Arch;
  /** The archive of `memdiskTar`. */
  readonly memdisk: string;
  readonly output: string;
  /** Where the GRUB packages put their modules, one directory per format; default that of Debian. */
  readonly moduleRoot?: string;
}

/**
 * Makes GRUB's image with everything it may ever load inside. No early configuration (`-c`): that would run in
 * the rescue parser, which knows no `if`. The prefix names no disk: grub.cfg is in the image itself.
 */
export function grubImageCommand(request: GrubImageRequest): Command {
  const format = grubFormat(request.firmware, request.arch);
  return {
    tool: 'grub-mkimage',
    args: [
      `--format=${format}`,
      `--directory=${grubModuleDirectory(request)}`,
      '--prefix=(memdisk)/boot/grub',
      `--memdisk=${request.memdisk}`,
      `--output=${request.output}`,
      ...modulesOf(format),
    ],
  };
}

/** Where grub-mkimage finds the modules, and boot.img for BIOS. */
export function grubModuleDirectory(
  request: Pick<GrubImageRequest, 'firmware' | 'arch' | 'moduleRoot'>,
): string {
  return `${request.moduleRoot ?? '/usr/lib/grub'}/${grubFormat(request.firmware, request.arch)}`;
}

type GrubFormat = 'i386-pc' | 'x86_64-efi' | 'arm64-efi';

function grubFormat(firmware: Firmware, arch: Arch): GrubFormat {
  if (firmware === 'bios') return 'i386-pc';
  return arch === 'amd64' ? 'x86_64-efi' : 'arm64-efi';
}

/**
 * Only what templates/grub.cfg uses: each module is code that an attacker with the disk in hand can feed, and
 * file system parsers have been the worst of it. There is no network, no shell extra and no other partition
 * table. But every command has to be there: GRUB's script takes one that it cannot find for a success.
 */
const MODULES = [
  ...['memdisk', 'tar', 'part_gpt', 'fat', 'ext2', 'squash4', 'loopback'],
  ...['normal', 'configfile', 'test', 'echo', 'sleep', 'reboot', 'serial', 'terminal'],
  ...['regexp', 'probe', 'loadenv', 'hashsum', 'gcry_sha256', 'linux', 'chain'],
];

function modulesOf(format: GrubFormat): string[] {
  return [...MODULES, format === 'i386-pc' ? 'biosdisk' : 'efi_gop'];
}
