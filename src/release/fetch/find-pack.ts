import { KubeosError } from '../../errors.ts';
import { loadManifest } from './load-release.ts';
import { SourceError, type Source } from './source.ts';
import type { Base } from './target.ts';

export interface PackSearch {
  readonly listed: ListedPacks;
  readonly base: Base;
  readonly source: Source;
  readonly signal: AbortSignal;
}

/** What has to be known of a delta pack: every block that comes of it is compared with the block table. */
export interface ListedPack {
  /** Digest of the release that it starts from. */
  readonly base: string;
  /** In the source. */
  readonly path: string;
  /** Bytes. */
  readonly length: number;
}

/** Of one release, as signed metadata lists them. */
export interface ListedPacks {
  readonly deltas: readonly ListedPack[];
}

/** The delta pack from this base, if one is published. A base of unknown release is known by the digest of its image. */
export async function findPack(search: PackSearch): Promise<ListedPack | null> {
  const { listed, base } = search;
  if (base.release !== null) {
    return listed.deltas.find((delta) => delta.base === base.release) ?? null;
  }
  const imageSha256 = Buffer.from(base.table.imageSha256).toString('hex');
  for (const delta of listed.deltas) {
    if ((await imageOf(search, delta.base)) === imageSha256) return delta;
  }
  return null;
}

/** Null for a release that is no longer there, is damaged, or of another kubeos: a pack only saves something. */
async function imageOf({ source, signal }: PackSearch, release: string): Promise<string | null> {
  try {
    return (await loadManifest(source, release, signal)).image.sha256;
  } catch (error) {
    const isUnknown = error instanceof KubeosError && error.code === 'RELEASE_INVALID';
    if (isUnknown || error instanceof SourceError) return null;
    throw error;
  }
}
