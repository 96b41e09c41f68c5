/** The repository as it would be after a commit: what is staged lies over what is published. */
export interface StagedView {
  /** @returns the bytes of a file below `metadata/`, at most one more than `maxBytes`, or null where there is none */
  readonly readMetadata: (name: string, maxBytes: number) => Promise<Uint8Array | null>;
  /** The same of what is published now. */
  readonly readPublished: StagedView['readMetadata'];
}

/** What signed metadata names. */
export interface SignedFiles {
  /** Paths of the repository: `metadata/…`. */
  readonly metadata: readonly string[];
  readonly targets: readonly { readonly path: string; readonly sizeBytes: number }[];
}

/**
 * Verifies the metadata of a view from a root that is trusted.
 *
 * @throws KubeosError UNTRUSTED
 */
export type CheckRepository = (view: StagedView) => Promise<SignedFiles>;
