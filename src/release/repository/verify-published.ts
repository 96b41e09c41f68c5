import type { KnownVersions } from '../metadata/known-versions.ts';
import type { ListedRelease, ListedTarget } from '../metadata/listed-targets.ts';
import { verifyRepository, type VerifiedRepository } from '../metadata/verify-repository.ts';
import { measure } from './content.ts';
import { metadataOf } from './read-bytes.ts';
import type { StateRequest } from './repository-state.ts';
import type { RepositoryStore } from './repository-store.ts';

export interface VerifyPublishedRequest extends StateRequest {
  /** Digests of the releases whose files are read; all when left out. */
  readonly releases?: readonly string[];
  /** `sizes` looks only whether files are there. */
  readonly depth: 'sizes' | 'bytes';
  readonly known?: KnownVersions;
}

export interface PublishedReport {
  readonly repository: VerifiedRepository;
  /** Listed files that are not there, or have other bytes; below the repository. */
  readonly missing: readonly string[];
  readonly damaged: readonly string[];
  /** Digests of the releases that have all of their files. */
  readonly complete: readonly string[];
}

/**
 * Verifies a repository as a client from nothing: the metadata strictly, then the files that it lists.
 *
 * @throws MetadataError when its metadata is not trusted; files are reported
 */
export async function verifyPublished(request: VerifyPublishedRequest): Promise<PublishedReport> {
  const { store, root, now, known = null } = request;
  const repository = await verifyRepository({ root, now, read: metadataOf(store), known });
  const releases = repository.releases.filter(
    ({ digest }) => request.releases?.includes(digest) ?? true,
  );
  const missing: string[] = [];
  const damaged: string[] = [];
  for (const target of releases.flatMap(targetsOf)) {
    const state = await stateOfTarget(store, target, request.depth);
    if (state === 'missing') missing.push(target.path);
    if (state === 'damaged') damaged.push(target.path);
  }
  const bad = new Set([...missing, ...damaged]);
  const complete = releases
    .filter((release) => targetsOf(release).every(({ path }) => !bad.has(path)))
    .map(({ digest }) => digest);
  return { repository, missing, damaged, complete };
}

export function targetsOf(release: ListedRelease): readonly ListedTarget[] {
  const { manifest, bootConfig, bootSum, blocks, image, deltas } = release;
  return [manifest, bootConfig, bootSum, blocks, image, ...deltas];
}

/** Whether a place has a file as it is listed. */
export async function stateOfTarget(
  store: RepositoryStore,
  { path, length, sha256 }: Pick<ListedTarget, 'path' | 'length' | 'sha256'>,
  depth: 'sizes' | 'bytes',
): Promise<'good' | 'missing' | 'damaged'> {
  const size = await store.size(path);
  if (size === null) return 'missing';
  if (size !== length) return 'damaged';
  if (depth === 'sizes') return 'good';
  const chunks = await store.read(path);
  if (chunks === null) return 'missing';
  return (await measure(chunks, length)).sha256 === sha256 ? 'good' : 'damaged';
}
