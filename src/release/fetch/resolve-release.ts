import { KubeosError } from '../../errors.ts';
import type { ListedRelease } from '../metadata/listed-targets.ts';
import type { VerifiedRepository } from '../metadata/verify-repository.ts';
import { loadManifest } from './load-release.ts';
import { SourceError, type Source } from './source.ts';

export interface ResolveRequest {
  readonly repository: VerifiedRepository;
  /** For manifests, which know their versions. */
  readonly source: Source;
  /** `sha256:…`, a channel, or a version. */
  readonly name: string;
  readonly signal: AbortSignal;
}

/**
 * The listed release that a person means.
 *
 * @throws KubeosError USAGE for a name that is none or stands for several, RELEASE_HALTED for a release that was halted
 */
export async function resolveRelease(request: ResolveRequest): Promise<ListedRelease> {
  const { repository, name } = request;
  const digest = repository.channels.get(name) ?? name;
  const listed = repository.releases.find((release) => release.digest === digest);
  const release = listed ?? (await byVersion(request));
  if (!repository.halted.has(release.digest)) return release;
  throw new KubeosError('RELEASE_HALTED', `${release.digest} was halted by its publisher`, {
    hint: 'take another release: `kubeos repository list` shows them',
  });
}

async function byVersion({
  repository,
  source,
  name,
  signal,
}: ResolveRequest): Promise<ListedRelease> {
  const found: ListedRelease[] = [];
  // A digest that is not listed needs no look into manifests.
  for (const release of name.startsWith('sha256:') ? [] : repository.releases) {
    const version = await versionOf(source, release, signal);
    if (version === name) found.push(release);
  }
  const [release] = found;
  if (release !== undefined && found.length === 1) return release;
  const count = found.length;
  const why = count === 0 ? `lists no ${name}` : `lists ${count} releases that are called ${name}`;
  throw new KubeosError('USAGE', `${source.address} ${why}`, {
    hint: 'give a digest (sha256:…), a channel or a version: `kubeos repository list` shows them',
  });
}

/** Null where the files of a release are not there: a copy for a site without network has those of some only. */
async function versionOf(
  source: Source,
  { digest }: ListedRelease,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return (await loadManifest(source, digest, signal)).version;
  } catch (error) {
    if (error instanceof SourceError && error.failure === 'missing') return null;
    throw error;
  }
}
