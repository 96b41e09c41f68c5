import { KubeosError } from '../../errors.ts';
import type { VerifiedRepository } from '../metadata/verify-repository.ts';
import type { Manifest } from '../manifest.ts';
import { loadRepository, type StateRequest } from './repository-state.ts';
import { readManifests, type DescribedRelease } from './read-manifests.ts';

/** A release of a repository, for people. */
export interface ReleaseSummary {
  readonly digest: string;
  readonly name: string;
  readonly version: string;
  readonly arch: Manifest['arch'];
  readonly epoch: number;
  /** Seconds since 1970. */
  readonly created: number;
  /** Names of the channels that lead to it. */
  readonly channels: readonly string[];
  readonly isHalted: boolean;
  /** Bytes of the whole compressed image. */
  readonly imageBytes: number;
  readonly deltas: readonly { readonly base: string; readonly bytes: number }[];
}

/** All releases, the oldest first. Metadata that ended is read all the same. */
export async function listReleases(request: StateRequest): Promise<readonly ReleaseSummary[]> {
  const { verified } = await loadRepository(request);
  const described = await readManifests(request.store, verified.releases);
  return described
    .map((release) => summaryOf(verified, release))
    .toSorted((a, b) => a.created - b.created || (a.digest < b.digest ? -1 : 1));
}

/**
 * The release that a person means: a digest, the beginning of one, a version, or a channel.
 *
 * @throws KubeosError USAGE when there is none, or more than one
 */
export function findRelease(releases: readonly ReleaseSummary[], word: string): ReleaseSummary {
  const hex = word.replace(/^sha256:/, '');
  const isDigest = /^[0-9a-f]{8,64}$/.test(hex);
  const found = releases.filter(
    ({ digest, version, channels }) =>
      version === word ||
      channels.includes(word) ||
      (isDigest && digest.startsWith(`sha256:${hex}`)),
  );
  const [release] = found;
  if (release !== undefined && found.length === 1) return release;
  throw new KubeosError(
    'USAGE',
    release === undefined
      ? `no release of the repository is called ${word}`
      : `${word} could be ${found.map(({ digest, arch }) => `${digest} (${arch})`).join(' or ')}`,
    { hint: 'name it by its digest; `kubeos repository list` shows them' },
  );
}

function summaryOf(
  { channels, halted }: VerifiedRepository,
  { release, manifest }: DescribedRelease,
): ReleaseSummary {
  const { digest, image, deltas } = release;
  const { name, version, arch, epoch, created } = manifest;
  return {
    digest,
    name,
    version,
    arch,
    epoch,
    created,
    channels: [...channels].filter(([, release]) => release === digest).map(([channel]) => channel),
    isHalted: halted.has(digest),
    imageBytes: image.length,
    deltas: deltas.map(({ base, length }) => ({ base, bytes: length })),
  };
}
