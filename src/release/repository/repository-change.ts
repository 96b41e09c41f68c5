import type { TargetsMetadata } from '../metadata/metadata-schema.ts';
import type { TargetFile } from '../metadata/target-schema.ts';
import type { Content } from './repository-store.ts';

export type TargetList = Readonly<Record<string, TargetFile>>;

/** What a command changes, as data. What is left out stays as it is. */
export interface RepositoryChange {
  /** Stored first. */
  readonly blobs: readonly { readonly path: string; readonly content: Content }[];
  /** All targets, as they will be. */
  readonly targets?: TargetList;
  readonly delegations?: TargetsMetadata['delegations'];
  /** All halted releases, as they will be. */
  readonly halt?: TargetList;
  /** Signed anew though nothing in them changes, because they end soon. */
  readonly renew?: readonly ('targets' | 'halt' | 'snapshot')[];
}

export const NO_CHANGE: RepositoryChange = { blobs: [] };
