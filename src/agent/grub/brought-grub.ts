import { BIOS_PLACES, biosPlace } from '../../disk/bios-boot-code.ts';
import { loadGrubImages, loadGrubVersions } from '../../disk/grub-images.ts';
import { UEFI_PLACE_BYTES } from '../../disk/grub-places.ts';
import type { GrubPlaceIndex } from '../../disk/grub-pointer.ts';
import { sealGrubImage, type GrubLabel } from '../../disk/grub-seal.ts';

/** GRUB of the running release, for one firmware. */
export interface BroughtGrub {
  readonly version: string;
  /** What stands in a place that holds it. */
  readonly sealed: (label: GrubLabel, place: GrubPlaceIndex) => Promise<Uint8Array>;
}

/**
 * What the running release brings for the firmware that this node booted with; null where it brings none. The image itself
 * is read only when it is to be written.
 *
 * @param booted the version that booted it
 */
export async function loadBroughtGrub(
  directory: string,
  booted: string,
): Promise<BroughtGrub | null> {
  const versions = await loadGrubVersions(directory);
  const firmware = booted.startsWith('uefi') ? 'uefi' : 'bios';
  const version = versions?.[firmware] ?? null;
  if (version === null) return null;
  const sealed: BroughtGrub['sealed'] = async (label, place) => {
    const images = await loadGrubImages(directory);
    if (images?.[firmware]?.version !== version) throw new Error('the running release changed');
    const { uefi, bios } = images;
    return firmware === 'bios' && bios !== null
      ? biosPlace(bios, label, BIOS_PLACES[place])
      : sealGrubImage(uefi.image, label, UEFI_PLACE_BYTES);
  };
  return { version, sealed };
}
