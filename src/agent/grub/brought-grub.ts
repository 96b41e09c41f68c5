import { BIOS_PLACES, biosPlace } from '../../disk/bios-boot-code.ts';
import { loadGrubImages } from '../../disk/grub-images.ts';
import { UEFI_PLACE_BYTES } from '../../disk/grub-places.ts';
import type { GrubPlaceIndex } from '../../disk/grub-pointer.ts';
import { sealGrubImage, type GrubLabel } from '../../disk/grub-seal.ts';

/** GRUB of the running release, for one firmware. */
export interface BroughtGrub {
  readonly version: string;
  /** What stands in a place that holds it. */
  readonly sealed: (label: GrubLabel, place: GrubPlaceIndex) => Uint8Array;
}

/**
 * What the running release brings for the firmware that this node booted with; null where it brings none.
 *
 * @param booted the version that booted it
 */
export async function loadBroughtGrub(
  directory: string,
  booted: string,
): Promise<BroughtGrub | null> {
  const images = await loadGrubImages(directory);
  if (images === null) return null;
  const { uefi, bios } = images;
  if (booted.startsWith('uefi')) {
    const sealed = (label: GrubLabel): Uint8Array =>
      sealGrubImage(uefi.image, label, UEFI_PLACE_BYTES);
    return { version: uefi.version, sealed };
  }
  if (bios === null) return null;
  return {
    version: bios.version,
    sealed: (label, place) => biosPlace(bios, label, BIOS_PLACES[place]),
  };
}
