import { KubeosError } from '../../errors.ts';
import { SECTOR } from '../../disk/layout.ts';

/** The BIOS boot partition: from behind the partition entries to the first aligned partition. */
const FIRST_SECTOR = 34;
const END_SECTOR = 2048;

/** The MBR keeps what follows: the disk signature and the protective partition entry. */
const BOOT_CODE_BYTES = 440;

export interface PlacedBytes {
  /** From the start of the disk. */
  readonly offsetBytes: number;
  readonly bytes: Uint8Array;
}

/**
 * What grub-bios-setup would write to a disk, computed without one: boot.img told where the core image lies, the
 * core image told where the rest of itself lies. Offsets are those of grub-core/boot/i386/pc/{boot,diskboot}.S.
 *
 * @throws KubeosError BUILD_CHECK_FAILED when the core image does not fit the BIOS boot partition
 */
export function biosBootCode(bootImage: Uint8Array, coreImage: Uint8Array): readonly PlacedBytes[] {
  return [
    { offsetBytes: 0, bytes: bootCode(bootImage) },
    { offsetBytes: FIRST_SECTOR * SECTOR, bytes: core(coreImage) },
  ];
}

const KERNEL_SECTOR_OFFSET = 0x5c;
const DRIVE_CHECK_OFFSET = 0x66;
const NOP = 0x90;

function bootCode(bootImage: Uint8Array): Uint8Array {
  const code = Buffer.from(bootImage.slice(0, BOOT_CODE_BYTES));
  code.writeBigUInt64LE(BigInt(FIRST_SECTOR), KERNEL_SECTOR_OFFSET);
  // The jump around the drive check: without it boot.S takes what the BIOS says, except for a wrong floppy number.
  code.fill(NOP, DRIVE_CHECK_OFFSET, DRIVE_CHECK_OFFSET + 2);
  return code;
}

/** The only entry of the block list that the first sector uses to load the others. */
const BLOCK_LIST_OFFSET = 0x1f4;
/** Where the second sector is loaded in real mode: GRUB_BOOT_MACHINE_KERNEL_SEG and one sector. */
const LOAD_SEGMENT = 0x820;

function core(coreImage: Uint8Array): Uint8Array {
  const sectors = Math.ceil(coreImage.length / SECTOR);
  assertFits(sectors);
  const bytes = Buffer.alloc(sectors * SECTOR);
  bytes.set(coreImage);
  bytes.writeBigUInt64LE(BigInt(FIRST_SECTOR + 1), BLOCK_LIST_OFFSET);
  bytes.writeUInt16LE(sectors - 1, BLOCK_LIST_OFFSET + 8);
  bytes.writeUInt16LE(LOAD_SEGMENT, BLOCK_LIST_OFFSET + 10);
  return bytes;
}

function assertFits(sectors: number): void {
  if (FIRST_SECTOR + sectors <= END_SECTOR) return;
  const room = END_SECTOR - FIRST_SECTOR;
  throw new KubeosError(
    'BUILD_CHECK_FAILED',
    `GRUB's image for BIOS takes ${sectors} sectors, the BIOS boot partition has ${room}`,
    { hint: 'report this with the GRUB version of this host, or build for uefi only' },
  );
}
