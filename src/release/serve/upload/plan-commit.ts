import { TIMESTAMP_PATH } from '../../metadata/repository-path.ts';
import type { SignedFiles } from './check-repository.ts';
import type { StagedFile } from './staging.ts';

export interface CommitFacts {
  readonly staged: readonly StagedFile[];
  readonly signed: SignedFiles;
  /** Sizes of the published files that the signed metadata names, by path. */
  readonly published: ReadonlyMap<string, number>;
  /** Staged metadata with a number that is published with other bytes. */
  readonly conflicts: readonly string[];
}

export type CommitPlan =
  | {
      readonly kind: 'publish';
      /** In the order in which they are moved: a file before what names it, and the timestamp last of all. */
      readonly moves: readonly string[];
      /** Staged, but named by nothing that is signed: never published. */
      readonly ignored: readonly string[];
    }
  | { readonly kind: 'incomplete'; readonly missing: readonly string[] }
  | { readonly kind: 'conflict'; readonly files: readonly string[] };

/** A token may stage anything, but only what is signed for is moved to where it can be read. */
export function planCommit({ staged, signed, published, conflicts }: CommitFacts): CommitPlan {
  const sizes = new Map(staged.map(({ path, sizeBytes }) => [path, sizeBytes]));
  const missing = signed.targets
    .filter(({ path, sizeBytes }) => (sizes.get(path) ?? published.get(path)) !== sizeBytes)
    .map(({ path }) => path);
  if (missing.length > 0) return { kind: 'incomplete', missing };
  const signedMetadata = signed.metadata.filter((path) => path !== TIMESTAMP_PATH);
  const files = conflicts.filter((path) => signedMetadata.includes(path));
  if (files.length > 0) return { kind: 'conflict', files };
  const ordered = [...signed.targets.map(({ path }) => path), ...signedMetadata, TIMESTAMP_PATH];
  const moves = ordered.filter((path) => sizes.has(path));
  const ignored = staged.map(({ path }) => path).filter((path) => !moves.includes(path));
  return { kind: 'publish', moves, ignored };
}
