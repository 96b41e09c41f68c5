import type { ListedRelease } from '../metadata/listed-targets.ts';
import type { Manifest } from '../manifest.ts';
import { KubeosError } from '../../errors.ts';
import { findRelease, listReleases, type ReleaseSummary } from './list-releases.ts';
import { readHaltReason } from './read-halt-reason.ts';
import { readManifests } from './read-manifests.ts';
import { loadRepository, type StateRequest } from './repository-state.ts';
import { lostManifest } from './store-failure.ts';

export interface ShownRelease extends ReleaseSummary {
  readonly manifest: Manifest;
  /** Where its files lie. */
  readonly files: ListedRelease;
  /** Of its halt; null where there is none that can be read. */
  readonly haltReason: string | null;
}

/** Everything about one release: `word` is a digest, the beginning of one, a version, or a channel. */
export async function showRelease(request: StateRequest, word: string): Promise<ShownRelease> {
  const summary = findRelease(await listReleases(request), word);
  const { verified } = await loadRepository(request);
  const files = verified.releases.find(({ digest }) => digest === summary.digest);
  if (files === undefined) throw new KubeosError('USAGE', `${word} was retired just now`);
  const { described } = await readManifests(request.store, [files]);
  const [found] = described;
  if (!summary.isHere || found === undefined) throw lostManifest(request.store.place, files.digest);
  const haltReason = await readHaltReason(request.store, verified, files.digest);
  return { ...summary, manifest: found.manifest, files, haltReason };
}
