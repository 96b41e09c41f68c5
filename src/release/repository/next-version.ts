import { KubeosError } from '../../errors.ts';
import { sortedKeys } from '../metadata/known-versions.ts';
import { MAX_VERSION } from '../metadata/metadata-limits.ts';
import type { RootMetadata } from '../metadata/metadata-schema.ts';
import type { StartingState } from './repository-state.ts';
import type { RepositoryStore } from './repository-store.ts';

/** No publisher gets here; a thief who wants clients to refuse all that follows does. */
const FAST_FORWARDED = 2 ** 30;

export interface NextVersionRequest {
  readonly store: RepositoryStore;
  readonly role: 'timestamp' | 'snapshot' | 'targets' | 'halt';
  readonly state: StartingState;
  /** The root that the file is signed for. */
  readonly root: RootMetadata;
}

/**
 * One more than now. A number that a publisher left behind who was stopped is passed over: caches may keep that file
 * for a year.
 *
 * @throws KubeosError USAGE when there is none: somebody used up the numbers, and clients forget them only with the keys
 */
export async function nextVersion(request: NextVersionRequest): Promise<number> {
  const { store, role } = request;
  let version = firstVersion(request);
  if (role === 'timestamp') return version;
  while ((await store.size(`metadata/${version}.${role}.json`)) !== null) version += 1;
  return version;
}

/** Clients that see new keys forget the versions that the old ones signed (specification 5.3.11), so these may go back. */
function firstVersion({ role, state, root }: NextVersionRequest): number {
  const { verified } = state;
  if (verified === null) return 1;
  const current = verified[role]?.version ?? 0;
  const areKeysNew = (['timestamp', 'snapshot'] as const).some(
    (online) => sortedKeys(verified.root, online).join() !== sortedKeys(root, online).join(),
  );
  if (current > FAST_FORWARDED && areKeysNew) return 1;
  if (current < MAX_VERSION) return current + 1;
  throw new KubeosError('USAGE', `${role}.json has the last version that there is, ${current}`, {
    hint: 'its key was stolen: replace the keys of timestamp and snapshot by `kubeos repository rotate`',
  });
}
