import type { NodeKind } from '../tree/file-node.ts';

/** What changes from one image to another. Sizes are bytes. */
export interface ImageDiff {
  readonly before: SystemSummary;
  readonly after: SystemSummary;
  /** No file, package, argument or boot setting differs. */
  readonly isSame: boolean;
  /** What it means to bring a node from the first to the second; the most serious first. */
  readonly consequences: readonly Consequence[];
  readonly kernelArguments: ListChange;
  readonly kernels: ListChange;
  readonly units: UnitsChange;
  readonly packages: readonly PackageChange[];
  readonly accounts: readonly AccountChange[];
  readonly layout: ListChange;
  /** null: the files of one of the two are not known. */
  readonly files: readonly FileChange[] | null;
}

export interface SystemSummary {
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** null: the image does not say, as a root image by itself. */
  readonly epoch: number | null;
  readonly securityFloor: number | null;
  readonly release: string | null;
  readonly fileSystem: string | null;
  /** null: the image does not say. */
  readonly hasVerity: boolean | null;
  readonly imageSize: number | null;
  readonly capacity: number | null;
  readonly contents: { readonly files: number; readonly bytes: number } | null;
  /** What inspecting it found wrong. */
  readonly faults: readonly string[];
}

export interface ListChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface UnitsChange {
  readonly present: ListChange;
  /** Started at boot, whoever says so. */
  readonly started: ListChange;
  readonly masked: ListChange;
}

export interface PackageChange {
  readonly kind: 'added' | 'removed' | 'upgraded' | 'downgraded';
  readonly name: string;
  readonly arch: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** An account or group whose number changed, or that came or went. */
export interface AccountChange {
  readonly kind: 'user' | 'group';
  readonly name: string;
  readonly before: number | null;
  readonly after: number | null;
}

export interface FileChange {
  readonly path: string;
  /** null: the path was not there. */
  readonly before: FileState | null;
  readonly after: FileState | null;
  /** What differs; empty for a path that came or went. */
  readonly differences: readonly FileDifference[];
}

export type FileDifference =
  'kind' | 'mode' | 'owner' | 'size' | 'content' | 'target' | 'attributes';

export interface FileState {
  readonly kind: NodeKind;
  /** Four octal digits. */
  readonly mode: string;
  readonly owner: string;
  readonly size: number;
  readonly target: string | null;
  /** null: it is no regular file, or it came or went and was not hashed. */
  readonly sha256: string | null;
  readonly attributes: Readonly<Record<string, string>> | null;
}

export interface Consequence {
  /** `blocks`: nodes cannot or will not take it. `attention`: a person should know before. `fact`: the rest. */
  readonly level: 'blocks' | 'attention' | 'fact';
  readonly subject: string;
  readonly text: string;
}

/** The difference before it is judged. */
export type DiffFacts = Omit<ImageDiff, 'consequences'>;
