import type { GrubPointer } from '../../disk/grub-pointer.ts';
import type { PositionalFile } from '../../disk/positional-file.ts';

/** A place for a GRUB image. */
export interface GrubPlace {
  readonly file: PositionalFile;
  /** All of it as it is stored, past the page cache; a chunk is valid until the next but one. */
  readonly readBack: () => AsyncIterable<Uint8Array>;
}

/** GRUB of the firmware that this node booted with, in two places. */
export interface GrubPlaces {
  readonly kind: 'two-places';
  /** The version that booted this node, as it said itself. */
  readonly booted: string;
  readonly places: readonly [GrubPlace, GrubPlace];
  /** How the block names them, for a BIOS; with UEFI the second has a name. */
  readonly sectors: readonly [number, number] | null;
  /** The one sector that says which of them firmware starts. */
  readonly sector: PositionalFile;
  readonly pointer: GrubPointer;
}

/** A GRUB that cannot be brought up to date; nothing else of the node suffers from that. */
export interface FixedGrub {
  readonly kind: 'fixed';
  readonly booted: string | null;
  readonly reason: string;
}

export type NodeGrub = GrubPlaces | FixedGrub;
