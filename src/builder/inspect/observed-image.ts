import type { Commands } from '../../host/commands.ts';
import type { SlotConfiguration } from '../../disk/slot-files.ts';
import type { ImageReport, RootReport } from './image-report.ts';
import type { FileTree } from './tree/file-node.ts';

export interface InspectContext {
  readonly commands: Commands;
  /** Folder for unpacked contents; file trees point into it. */
  readonly scratch: string;
}

/** An image with what its report does not show: the files of the system that it would boot. */
export interface ObservedImage {
  readonly report: ImageReport;
  readonly system: ObservedSystem;
}

/** One system: of a disk the one that GRUB starts, of a root image or release its only one. Sizes are bytes. */
export interface ObservedSystem {
  readonly release: SlotConfiguration | null;
  readonly root: RootReport | null;
  readonly tree: FileTree | null;
  /** The root image with all that is appended to it; null: not known. */
  readonly imageSize: number | null;
  /** The partition that holds it; null: it lies in none. */
  readonly capacity: number | null;
}

export const NO_SYSTEM: ObservedSystem = {
  release: null,
  root: null,
  tree: null,
  imageSize: null,
  capacity: null,
};
