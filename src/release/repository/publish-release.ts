import { KubeosError } from '../../errors.ts';
import { storedPath } from '../metadata/target-name.ts';
import { changeRepository, type ChangedRepository } from './change-repository.ts';
import { placePacks, readPackFile } from './local-pack.ts';
import { readLocalRelease, type LocalRelease } from './local-release.ts';
import { blobsOf, planRelease } from './plan-release.ts';
import type { Publisher } from './publisher.ts';
import { readManifests, type DescribedRelease } from './read-manifests.ts';
import type { RepositoryChange } from './repository-change.ts';
import type { RepositoryState } from './repository-state.ts';
import type { RepositoryStore } from './repository-store.ts';
import { lostManifest } from './store-failure.ts';
import { stateOfTarget } from './verify-published.ts';

export interface PublishRequest extends Publisher {
  /** The folder that `kubeos build` made: manifest.json, boot.cfg, boot.sum, image.zst, image.blocks. */
  readonly folder: string;
  /** Files of delta packs that lead to this release; each starts from a release of the repository. */
  readonly packs: readonly string[];
}

export interface PublishedRelease extends ChangedRepository {
  /** `sha256:` and hex. */
  readonly digest: string;
}

/**
 * Publishes a release: checks its folder as an agent would, stores what the repository lacks and reads it back, then
 * lists it. Stopped anywhere, the same call finishes; done already, it does nothing. A release that is listed is never
 * touched; packs may be added to it.
 *
 * @throws KubeosError RELEASE_INVALID, USAGE, UNTRUSTED, NO_SPACE, TIMED_OUT
 */
export async function publishRelease(request: PublishRequest): Promise<PublishedRelease> {
  const release = await readLocalRelease(request.folder);
  const packFiles = await Promise.all(request.packs.map(readPackFile));
  const changed = await changeRepository(request, async (state) => {
    const { described, undescribed } = await readManifests(request.store, state.verified.releases);
    const unknown = undescribed.find(({ digest }) => digest !== release.digest);
    if (unknown !== undefined) throw lostManifest(request.store.place, unknown.digest);
    assertNewVersion(release, described);
    const images = described.map(({ release: { digest }, manifest }) => ({
      digest,
      image: manifest.image.sha256,
    }));
    const packs = placePacks(packFiles, release.manifest.image.sha256, images);
    const plan = planRelease(state.verified.targets.targets, release, packs);
    return plan ?? (await planRepair(request.store, state, blobsOf(release, packs)));
  });
  return { ...changed, digest: release.digest };
}

/** A version is how people name a release: two of them under one would be a trap. */
function assertNewVersion(
  { digest, manifest }: LocalRelease,
  published: readonly DescribedRelease[],
): void {
  const { name, version, arch } = manifest;
  const other = published.find(
    ({ release, manifest: there }) =>
      there.name === name &&
      there.version === version &&
      there.arch === arch &&
      release.digest !== digest,
  );
  if (other === undefined) return;
  throw new KubeosError(
    'USAGE',
    `${name} ${version} for ${arch} is published already, as ${other.release.digest}`,
    { hint: 'a published release is never changed; build this one under a new version' },
  );
}

/** Blobs that are listed and not there, or with other bytes, after a loss on the server perhaps. */
async function planRepair(
  store: RepositoryStore,
  { verified }: RepositoryState,
  blobs: RepositoryChange['blobs'],
): Promise<RepositoryChange | null> {
  const listed = new Set(
    Object.entries(verified.targets.targets).map(([name, { hashes }]) =>
      storedPath(name, hashes.sha256),
    ),
  );
  const bad: RepositoryChange['blobs'][number][] = [];
  for (const blob of blobs.filter(({ path }) => listed.has(path))) {
    const { size, sha256 } = blob.content;
    const target = { path: blob.path, length: size, sha256 };
    if ((await stateOfTarget(store, target, 'bytes')) !== 'good') bad.push(blob);
  }
  return bad.length === 0 ? null : { blobs: bad };
}
