import { biosBootCode } from './bios-boot-code.ts';
import type { GrubImages } from './grub-images.ts';
import { UEFI_PLACE_BYTES } from './grub-places.ts';
import { sealGrubImage } from './grub-seal.ts';
import type { PlacedBytes } from './placed-bytes.ts';

/** GRUB as a fresh disk has it. */
export interface GrubOnDisk {
  /** All of its first place on BOOT. */
  readonly uefi: Uint8Array;
  /** What a BIOS starts, and lies outside of BOOT; empty for UEFI alone. */
  readonly bios: readonly PlacedBytes[];
}

/** @param epoch of the release that brings it */
export function grubOnDisk({ uefi, bios }: GrubImages, epoch: number): GrubOnDisk {
  return {
    uefi: sealGrubImage(uefi.image, { version: uefi.version, epoch }, UEFI_PLACE_BYTES),
    bios: bios === null ? [] : biosBootCode(bios, { version: bios.version, epoch }),
  };
}
