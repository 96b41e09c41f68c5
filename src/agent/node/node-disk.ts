import type { Slot } from '../../disk/grub-environment-slots.ts';
import type { OpenedFile, PositionalFile } from '../../disk/positional-file.ts';

/** GRUB's files of one slot, on BOOT: `slot-A.cfg` and `slot-A.sum`. */
export interface SlotFiles {
  readonly configuration: PositionalFile;
  readonly sums: PositionalFile;
}

/** The disk that this node booted from, and everything on it that an upgrade writes. */
export interface NodeDisk {
  /** The slot that runs: it is never opened for writing. */
  readonly booted: Slot;
  /** The GRUB environment block, 1024 bytes. */
  readonly environment: PositionalFile;
  readonly slotFiles: Readonly<Record<Slot, SlotFiles>>;
  /** Kernel arguments of this node for the slot that runs, which GRUB leaves out: no boot with them was well. */
  droppedArguments(): Promise<readonly string[]>;
  /** On PERSIST (contract section 3). */
  readonly records: PositionalFile;
  /** The root partition of the slot that does not run, held by nobody else. */
  openStandby(): Promise<OpenedFile>;
  /** The root partition that runs, to take blocks from. */
  openActive(): Promise<OpenedFile>;
  /** The standby root partition as it is stored, past the page cache; a chunk is valid until the next but one. */
  readBack(bytes: number): AsyncIterable<Uint8Array>;
}
