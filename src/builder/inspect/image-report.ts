import type { GrubReports } from './observe-grub.ts';
import type { SlotEnvironment } from '../../disk/grub-environment-slots.ts';
import type { InstalledPackage } from '../inventory/installed-package.ts';
import type { SlotConfiguration } from '../../disk/slot-files.ts';

/** What was found in an image. Sizes and positions are bytes. */
export type ImageReport = DiskReport | RootImageReport | ReleaseReport;

interface Inspected {
  readonly path: string;
  readonly format: ImageFormat;
  /** Of the disk or root image itself, whatever form it is stored in. */
  readonly size: number;
  readonly findings: readonly Finding[];
}

export type ImageFormat = 'raw' | 'qcow2' | 'vmdk' | 'vhd';

/** One thing that was checked or noticed. */
export interface Finding {
  readonly level: 'ok' | 'note' | 'fault';
  readonly subject: string;
  readonly text: string;
}

export interface DiskReport extends Inspected {
  readonly kind: 'disk';
  readonly diskGuid: string;
  readonly partitions: readonly PartitionReport[];
  /** null: the disk has no GRUB environment block where kubeos keeps it. */
  readonly boot: BootReport | null;
  readonly slots: readonly SlotReport[];
}

export interface RootImageReport extends Inspected {
  readonly kind: 'root-image';
  readonly root: RootReport;
  readonly verity: VerityReport | null;
}

export interface ReleaseReport extends Inspected {
  readonly kind: 'release';
  readonly release: SlotConfiguration;
  readonly fileSystem: string;
  /** null: the folder holds no root image. */
  readonly root: RootReport | null;
  readonly verity: VerityReport | null;
}

export interface PartitionReport {
  readonly number: number;
  readonly label: string;
  readonly typeGuid: string;
  readonly guid: string;
  readonly start: number;
  readonly size: number;
  readonly attributes: readonly string[];
  readonly fileSystem: FileSystemReport | null;
}

export interface FileSystemReport {
  readonly type: string;
  readonly label: string;
  readonly uuid: string;
}

export interface BootReport {
  readonly environment:
    | { readonly kind: 'intact'; readonly slots: SlotEnvironment }
    /** `slots` is what GRUB makes of what is left of it. */
    | { readonly kind: 'damaged'; readonly reason: string; readonly slots: SlotEnvironment };
  /** The slot that GRUB tries first. */
  readonly next: 'A' | 'B';
  readonly files: readonly string[];
  readonly grub: GrubReports;
}

export interface SlotReport {
  readonly slot: 'A' | 'B';
  readonly partition: number;
  /** null: the slot holds no release. */
  readonly release: SlotConfiguration | null;
  /** What of the partition the root image takes, hash tree included; null: it is empty. */
  readonly imageSize: number | null;
  readonly root: RootReport | null;
  readonly verity: VerityReport | null;
}

export interface VerityReport {
  readonly rootHash: string;
  readonly salt: string;
  readonly hashOffset: number;
  /** Superblock and hash tree, in bytes. */
  readonly treeSize: number;
  /** What veritysetup says of the first block that differs; null: every block is as it was. */
  readonly damage: string | null;
}

export interface RootReport {
  readonly fileSystem: FileSystemReport;
  /** What the file system takes, without what was appended to it. */
  readonly size: number;
  readonly os: Readonly<Record<string, string>>;
  readonly kernels: readonly string[];
  readonly packages: readonly InstalledPackage[];
  readonly units: UnitsReport;
  readonly contents: { readonly files: number; readonly bytes: number };
}

export interface UnitsReport {
  /** Unit files of the image, by name. */
  readonly present: readonly string[];
  /** Linked from a `.wants` or `.requires` folder in /etc: what the definition or a package switched on. */
  readonly enabled: readonly string[];
  /** Linked from one in /usr: what is always started with its target. */
  readonly builtIn: readonly string[];
  readonly masked: readonly string[];
}
