import { createHash } from 'node:crypto';
import { MAX_MANIFEST_BYTES, parseManifest, type Manifest } from '../manifest.ts';
import type { ListedRelease } from '../metadata/listed-targets.ts';
import { readBytes } from './read-bytes.ts';
import type { RepositoryStore } from './repository-store.ts';

export interface DescribedRelease {
  readonly release: ListedRelease;
  readonly manifest: Manifest;
}

export interface ReadManifests {
  readonly described: readonly DescribedRelease[];
  /** Their manifests are not here, as in an export of other releases, or have other bytes. */
  readonly undescribed: readonly ListedRelease[];
}

/** Manifests of listed releases, each checked against its digest. */
export async function readManifests(
  store: RepositoryStore,
  releases: readonly ListedRelease[],
): Promise<ReadManifests> {
  const described: DescribedRelease[] = [];
  const undescribed: ListedRelease[] = [];
  for (const release of releases) {
    const manifest = await readManifest(store, release);
    if (manifest === null) undescribed.push(release);
    else described.push({ release, manifest });
  }
  return { described, undescribed };
}

async function readManifest(
  store: RepositoryStore,
  { manifest }: ListedRelease,
): Promise<Manifest | null> {
  const { path, sha256 } = manifest;
  const bytes = await readBytes(store, path, MAX_MANIFEST_BYTES);
  const isListed = bytes !== null && createHash('sha256').update(bytes).digest('hex') === sha256;
  return isListed ? parseManifest(bytes) : null;
}
