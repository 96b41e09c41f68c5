import { createHash } from 'node:crypto';
import { KubeosError } from '../../errors.ts';
import { MAX_MANIFEST_BYTES, parseManifest, type Manifest } from '../manifest.ts';
import type { ListedRelease } from '../metadata/listed-targets.ts';
import { readBytes } from './read-bytes.ts';
import type { RepositoryStore } from './repository-store.ts';

export interface DescribedRelease {
  readonly release: ListedRelease;
  readonly manifest: Manifest;
}

/** Manifests of listed releases, each checked against its digest. */
export async function readManifests(
  store: RepositoryStore,
  releases: readonly ListedRelease[],
): Promise<readonly DescribedRelease[]> {
  const described: DescribedRelease[] = [];
  for (const release of releases) {
    described.push({ release, manifest: await readManifest(store, release) });
  }
  return described;
}

async function readManifest(
  store: RepositoryStore,
  { manifest }: ListedRelease,
): Promise<Manifest> {
  const { path, sha256 } = manifest;
  const bytes = await readBytes(store, path, MAX_MANIFEST_BYTES);
  const isListed = bytes !== null && createHash('sha256').update(bytes).digest('hex') === sha256;
  if (isListed) return parseManifest(bytes);
  throw new KubeosError(
    'RELEASE_INVALID',
    `${store.place} ${bytes === null ? 'lacks' : 'has other bytes in'} ${path}`,
    { hint: 'publish that release again: what is missing or damaged is put back' },
  );
}
