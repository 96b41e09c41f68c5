import { MetadataError } from '../metadata/metadata-error.ts';
import type { RootMetadata } from '../metadata/metadata-schema.ts';
import type { ReadMetadata } from '../metadata/read-metadata.ts';
import { verifyRoots } from '../metadata/verify-roots.ts';
import { verifyRepository, type VerifiedRepository } from '../metadata/verify-repository.ts';
import { metadataOf, readBytes } from './read-bytes.ts';
import { TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import type { RepositoryStore } from './repository-store.ts';

/** What a change starts from. */
export interface StartingState {
  /** Null: nothing was published yet. Its metadata may have ended. */
  readonly verified: VerifiedRepository | null;
  /** timestamp.json as it is: whoever replaces it says that it is still this one. */
  readonly timestamp: Uint8Array | null;
}

/** A repository as a publisher finds it. */
export interface RepositoryState extends StartingState {
  readonly verified: VerifiedRepository;
  /** The newest root: what is published next has to be good under it. */
  readonly root: RootMetadata;
  /** A publisher was stopped after it put a new root, before the other files: they are good under an older one only. */
  readonly isRootAhead: boolean;
}

export interface StateRequest {
  readonly store: RepositoryStore;
  /** The root.json that the publisher trusts. */
  readonly root: Uint8Array;
  readonly now: Date;
}

/** @throws MetadataError when it is not this publisher's repository, or damaged */
export async function loadRepository(request: StateRequest): Promise<RepositoryState> {
  const { store, now } = request;
  const timestamp = await readBytes(store, TIMESTAMP_PATH, 2 ** 20);
  const { last } = await verifyRoots(request.root, { read: metadataOf(store), now });
  const root = last.signed;
  const verified = await verifiedUnder(request, root.version);
  return { verified, root, isRootAhead: verified.root.version !== root.version, timestamp };
}

/** A change puts one root at most before it is finished, or the next change finishes it. */
const ROOTS_BACK = 2;

async function verifiedUnder(request: StateRequest, version: number): Promise<VerifiedRepository> {
  const { store, root, now } = request;
  let refusal: unknown;
  for (let last = version; last >= Math.max(1, version - ROOTS_BACK); last -= 1) {
    const read = withoutRootsAfter(last, metadataOf(store));
    try {
      return await verifyRepository({ root, now, read, known: null, allowExpired: true });
    } catch (error) {
      refusal ??= error;
      if (!(error instanceof MetadataError) || error.refusal !== 'unsigned') break;
    }
  }
  throw refusal;
}

function withoutRootsAfter(version: number, read: ReadMetadata): ReadMetadata {
  return async (file, maxBytes) => {
    const [, number] = /^(\d+)\.root\.json$/.exec(file) ?? [];
    return number !== undefined && Number(number) > version ? null : await read(file, maxBytes);
  };
}

/**
 * Before a place is touched: a session makes the folder that it works in, and a name with a typing error is no place for one.
 *
 * @throws MetadataError `missing`
 */
export async function assertIsThere(store: RepositoryStore): Promise<void> {
  if ((await store.size(TIMESTAMP_PATH)) !== null) return;
  throw new MetadataError('timestamp.json', 'missing', 'is missing');
}
