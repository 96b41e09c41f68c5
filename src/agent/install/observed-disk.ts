/** What is on a disk. */
export type DiskContent =
  /** Zeros at both ends, and no signature anywhere that blkid knows. */
  | { readonly kind: 'blank' }
  /** An installation that did not come to its end. */
  | { readonly kind: 'unfinished' }
  /** In words, one for each thing. */
  | { readonly kind: 'data'; readonly found: readonly string[] };

/** A disk of this machine, as it was found. */
export interface ObservedDisk {
  /** Of the kernel, such as `nvme0n1`. */
  readonly name: string;
  readonly device: string;
  readonly sizeBytes: number;
  /** The smallest that it reads or writes. */
  readonly sectorBytes: number;
  readonly model: string | null;
  readonly isReadOnly: boolean;
  /** In words: mounts, swap, devices on top of it. Empty: nobody uses it. */
  readonly uses: readonly string[];
  readonly content: DiskContent;
}
