import { serialiseGrubEnvironment } from './grub-environment.ts';
import { grubVariablesOf } from './grub-environment-slots.ts';
import { UEFI_FIRST, UEFI_PLACE_BYTES, UEFI_SECOND } from './grub-places.ts';
import type { Arch } from './layout.ts';
import {
  NO_NODE_ARGUMENTS,
  NODE_ARGUMENTS_FILE,
  serialiseNodeArguments,
} from './node-arguments.ts';
import { emptySlotFiles } from './slot-files.ts';
import type { FileTree } from './fat32-tree.ts';

/** What of a release GRUB reads for its slot (contract section 4). */
export interface ReleaseBootFiles {
  readonly configuration: Uint8Array;
  readonly sums: Uint8Array;
}

/**
 * BOOT of a fresh disk: slot A holds the release, committed; slot B is empty and may not boot.
 *
 * @param grub sealed, for its place
 */
export function planBootFiles(release: ReleaseBootFiles, grub: Uint8Array, arch: Arch): FileTree {
  const empty = emptySlotFiles();
  const block = serialiseGrubEnvironment(
    grubVariablesOf({ order: 'A B', A: { ok: true, tries: 0 }, B: { ok: false, tries: 0 } }),
  );
  return new Map([
    [UEFI_FIRST[arch], grub],
    [UEFI_SECOND, new Uint8Array(UEFI_PLACE_BYTES)],
    ['kubeos/grubenv', block],
    ['kubeos/slot-A.cfg', release.configuration],
    ['kubeos/slot-A.sum', release.sums],
    ['kubeos/slot-B.cfg', empty.configuration],
    ['kubeos/slot-B.sum', empty.sums],
    [NODE_ARGUMENTS_FILE, serialiseNodeArguments(NO_NODE_ARGUMENTS)],
  ]);
}
