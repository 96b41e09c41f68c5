import { KubeosError } from '../errors.ts';
import { SEAL_BYTES, sealGrubImage, type GrubLabel } from './grub-seal.ts';
import { SECTOR } from './layout.ts';
import type { PlacedBytes } from './placed-bytes.ts';

/**
 * Where a GRUB for BIOS may lie: the two halves of the BIOS boot partition, which goes from behind the partition
 * entries to the first aligned partition. The boot sector names the one that is started.
 */
export const BIOS_PLACES = [34, 1041] as const;
export type BiosPlace = (typeof BIOS_PLACES)[number];
export const BIOS_PLACE_BYTES = 1007 * SECTOR;

/** The MBR keeps what follows: the disk signature and the protective partition entry. */
const BOOT_CODE_BYTES = 440;

/** GRUB for BIOS, as its packages and grub-mkimage made it. */
export interface BiosImages {
  /** boot.img, one sector. */
  readonly bootSector: Uint8Array;
  readonly core: Uint8Array;
}

/**
 * What grub-bios-setup would write to a disk, computed without one: boot.img told where the core image lies, the
 * core image told where the rest of itself lies. Offsets are those of grub-core/boot/i386/pc/{boot,diskboot}.S.
 *
 * @throws KubeosError BUILD_CHECK_FAILED when the core image does not fit its half of the BIOS boot partition
 */
export function biosBootCode(images: BiosImages, label: GrubLabel): readonly PlacedBytes[] {
  const [first] = BIOS_PLACES;
  const code = biosBootSector(images.bootSector, first).subarray(0, BOOT_CODE_BYTES);
  return [
    { offsetBytes: 0, bytes: code },
    { offsetBytes: first * SECTOR, bytes: biosPlace(images, label, first) },
  ];
}

const KERNEL_SECTOR_OFFSET = 0x5c;
const DRIVE_CHECK_OFFSET = 0x66;
const NOP = 0x90;

/** boot.img for a core image at this sector. */
function biosBootSector(bootImage: Uint8Array, place: BiosPlace): Uint8Array {
  const code = Buffer.from(bootImage.slice(0, SECTOR));
  code.writeBigUInt64LE(BigInt(place), KERNEL_SECTOR_OFFSET);
  // The jump around the drive check: without it boot.S takes what the BIOS says, except for a wrong floppy number.
  code.fill(NOP, DRIVE_CHECK_OFFSET, DRIVE_CHECK_OFFSET + 2);
  return code;
}

/** The only entry of the block list that the first sector uses to load the others. */
const BLOCK_LIST_OFFSET = 0x1f4;
/** Where the second sector is loaded in real mode: GRUB_BOOT_MACHINE_KERNEL_SEG and one sector. */
const LOAD_SEGMENT = 0x820;

/** The sector of a place with a boot sector of its own: another GRUB can start this one by it. */
const BOOT_SECTOR_OFFSET = BIOS_PLACE_BYTES - SEAL_BYTES - SECTOR;

/** All of a place: the core image, its boot sector, its seal. */
export function biosPlace(
  { bootSector, core }: BiosImages,
  label: GrubLabel,
  place: BiosPlace,
): Uint8Array {
  const sectors = Math.ceil(core.length / SECTOR);
  assertFits(sectors);
  const bytes = Buffer.alloc(BOOT_SECTOR_OFFSET + SECTOR);
  bytes.set(core);
  bytes.writeBigUInt64LE(BigInt(place + 1), BLOCK_LIST_OFFSET);
  bytes.writeUInt16LE(sectors - 1, BLOCK_LIST_OFFSET + 8);
  bytes.writeUInt16LE(LOAD_SEGMENT, BLOCK_LIST_OFFSET + 10);
  bytes.set(biosBootSector(bootSector, place), BOOT_SECTOR_OFFSET);
  return sealGrubImage(bytes, label, BIOS_PLACE_BYTES);
}

function assertFits(sectors: number): void {
  const room = BOOT_SECTOR_OFFSET / SECTOR;
  if (sectors <= room) return;
  throw new KubeosError(
    'BUILD_CHECK_FAILED',
    `GRUB's image for BIOS takes ${sectors} sectors, its half of the BIOS boot partition has ${room}`,
    { hint: 'report this with the GRUB version of this host, or build for uefi only' },
  );
}
