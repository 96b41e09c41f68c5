import { serialiseManifest, releaseDigest, type Manifest } from '../manifest.ts';
import type { DescribedRelease } from '../repository/read-manifests.ts';

/** The last releases of the same name and architecture, the newest first, that have no pack to this one yet. */
export function chooseBases(
  published: readonly DescribedRelease[],
  manifest: Manifest,
  count: number,
): readonly DescribedRelease[] {
  const digest = releaseDigest(serialiseManifest(manifest));
  const there = published.find(({ release }) => release.digest === digest);
  const done = new Set(there?.release.deltas.map(({ base }) => base));
  return published
    .filter(({ release }) => release.digest !== digest)
    .filter(({ manifest: { name, arch } }) => name === manifest.name && arch === manifest.arch)
    .filter(({ manifest: { epoch } }) => epoch <= manifest.epoch)
    .toSorted(
      (a, b) => b.manifest.epoch - a.manifest.epoch || b.manifest.created - a.manifest.created,
    )
    .slice(0, count)
    .filter(({ release }) => !done.has(release.digest));
}
