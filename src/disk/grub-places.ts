import { MIB, type Arch } from './layout.ts';

/** The UEFI removable-media path (UEFI specification 3.5.1.1): it needs no entry in the firmware's variables. */
export const UEFI_FIRST = {
  amd64: 'EFI/BOOT/BOOTX64.EFI',
  arm64: 'EFI/BOOT/BOOTAA64.EFI',
} as const satisfies Record<Arch, string>;

/**
 * Where another GRUB is written, to be tried: in the same directory, so that both entries are in one sector, and as
 * large. templates/grub.cfg names it too.
 */
export const UEFI_SECOND = 'EFI/BOOT/GRUBNEXT.EFI';

/** Of both: GRUB's image takes less than 1 MiB today. */
export const UEFI_PLACE_BYTES = 4 * MIB;
