import { KubeosError } from '../../errors.ts';
import type { ListedRelease } from '../metadata/listed-targets.ts';
import type { VerifiedRepository } from '../metadata/verify-repository.ts';
import type { Manifest } from '../manifest.ts';
import { loadRepository, type StateRequest } from './repository-state.ts';
import { readManifests, type DescribedRelease } from './read-manifests.ts';

/** What signed metadata says of a release, for people. */
interface ReleaseState {
  readonly digest: string;
  /** Names of the channels that lead to it. */
  readonly channels: readonly string[];
  readonly isHalted: boolean;
  /** Bytes of the whole compressed image. */
  readonly imageBytes: number;
  readonly deltas: readonly { readonly base: string; readonly bytes: number }[];
}

export interface ReleaseSummary extends ReleaseState {
  readonly isHere: true;
  readonly name: string;
  readonly version: string;
  readonly arch: Manifest['arch'];
  readonly epoch: number;
  /** Seconds since 1970. */
  readonly created: number;
}

/** Listed, but its manifest is not here, and so nobody knows what it is called: an export has only what was chosen. */
export interface AbsentRelease extends ReleaseState {
  readonly isHere: false;
}

export type ReleaseEntry = ReleaseSummary | AbsentRelease;

/** All releases, the oldest first, after those that are not here. Metadata that ended is read all the same. */
export async function listReleases(request: StateRequest): Promise<readonly ReleaseEntry[]> {
  const { verified } = await loadRepository(request);
  const { described, undescribed } = await readManifests(request.store, verified.releases);
  const absent = undescribed.map((release) => {
    return { isHere: false, ...stateOf(verified, release) } as const;
  });
  const here = described.map((release) => summaryOf(verified, release));
  return [
    ...absent.toSorted((a, b) => (a.digest < b.digest ? -1 : 1)),
    ...here.toSorted((a, b) => a.created - b.created || (a.digest < b.digest ? -1 : 1)),
  ];
}

/**
 * The release that a person means: a digest, the beginning of one, a version, or a channel.
 *
 * @throws KubeosError USAGE when there is none, or more than one
 */
export function findRelease(releases: readonly ReleaseEntry[], word: string): ReleaseEntry {
  const hex = word.replace(/^sha256:/, '');
  const isDigest = /^[0-9a-f]{8,64}$/.test(hex);
  const found = releases.filter(
    (release) =>
      (release.isHere && release.version === word) ||
      release.channels.includes(word) ||
      (isDigest && release.digest.startsWith(`sha256:${hex}`)),
  );
  const [release] = found;
  if (release !== undefined && found.length === 1) return release;
  throw new KubeosError(
    'USAGE',
    release === undefined
      ? `no release of the repository is called ${word}`
      : `${word} could be ${found.map(distinguished).join(' or ')}`,
    { hint: 'name it by its digest; `kubeos repository list` shows them' },
  );
}

function distinguished(release: ReleaseEntry): string {
  return release.isHere ? `${release.digest} (${release.arch})` : release.digest;
}

function summaryOf(
  verified: VerifiedRepository,
  { release, manifest }: DescribedRelease,
): ReleaseSummary {
  const { name, version, arch, epoch, created } = manifest;
  return { isHere: true, name, version, arch, epoch, created, ...stateOf(verified, release) };
}

function stateOf(
  { channels, halted }: VerifiedRepository,
  { digest, image, deltas }: ListedRelease,
): ReleaseState {
  return {
    digest,
    channels: [...channels].filter(([, release]) => release === digest).map(([channel]) => channel),
    isHalted: halted.has(digest),
    imageBytes: image.length,
    deltas: deltas.map(({ base, length }) => ({ base, bytes: length })),
  };
}
