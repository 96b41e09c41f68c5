import type { Lifetimes } from './lifetimes.ts';
import type { RepositoryStore } from './repository-store.ts';
import type { Signer } from './signer.ts';

/** Who publishes, with what, when. */
export interface Publisher {
  readonly store: RepositoryStore;
  /** The root.json that trust starts from; the newest one or any before it. */
  readonly root: Uint8Array;
  /** Those that are at hand; each command takes the ones that its roles need, and says which are missing. */
  readonly signers: readonly Signer[];
  readonly now: Date;
  readonly lifetimes: Lifetimes;
}
