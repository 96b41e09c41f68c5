import type { GrubVariables } from './grub-environment.ts';

/** What the environment block says of another GRUB that is to be tried; contract section 2. */
export interface GrubTry {
  /** The version that is to be started once. */
  readonly wanted: string | null;
  /** The version that was started last, or was to be: GRUB writes this before. */
  readonly tried: string | null;
  /** For a BIOS, the first sector of the place to start; with UEFI it has a name. */
  readonly place: number | null;
}

export const NO_TRY: GrubTry = { wanted: null, tried: null, place: null };

/** As `templates/grub.cfg` sees it: any value that is not one of ours counts as unset. */
export function grubTryOf(variables: GrubVariables): GrubTry {
  const version = (name: string): string | null =>
    VERSION.exec(variables.get(name) ?? '')?.[0] ?? null;
  return { wanted: version('grub_try'), tried: version('grub_tried'), place: placeOf(variables) };
}

/** The places of `BIOS_PLACES`; GRUB takes whatever is not the second for the first. */
function placeOf(variables: GrubVariables): number | null {
  const place = variables.get('grub_place') ?? '';
  if (place === '') return null;
  return place === '1041' ? 1041 : 34;
}

/** All of these variables, in the order in which they stand in the block; a block that says none of it has none. */
export function tryVariablesOf({ wanted, tried, place }: GrubTry): GrubVariables {
  if (wanted === null && tried === null) return new Map();
  return new Map([
    ['grub_try', wanted ?? ''],
    ['grub_tried', tried ?? ''],
    ['grub_place', place === null ? '' : String(place)],
  ]);
}

const VERSION = /^(?:uefi|bios)-[0-9a-f]{16}$/;

/**
 * What GRUB of the version `own` does first: it starts the GRUB of the other place, and the block says `after`; or null,
 * and goes on.
 *
 * @param canSave whether GRUB can write to the block: what it cannot save it does not try
 */
export function decideGrubTry(
  { wanted, place }: GrubTry,
  own: string,
  canSave = true,
): { readonly version: string; readonly after: GrubTry } | null {
  const isOfFirmware = wanted?.slice(0, FIRMWARE_LETTERS) === own.slice(0, FIRMWARE_LETTERS);
  if (wanted === null || wanted === own || !isOfFirmware || !canSave) return null;
  return { version: wanted, after: { wanted: null, tried: wanted, place } };
}

/** `uefi` or `bios`. */
const FIRMWARE_LETTERS = 4;
