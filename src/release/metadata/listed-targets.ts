import { MetadataError } from './metadata-error.ts';
import { channelOf, fileName, isTargetName, storedPath } from './target-name.ts';
import type { TargetCustom, TargetFile } from './target-schema.ts';

/** A file of the repository that signed metadata lists. */
export interface ListedTarget {
  /** As metadata names it: see `targetName`. */
  readonly name: string;
  /** Where it lies in the repository: `targets/SHA256.NAME` (specification 5.7.3, consistent snapshots). */
  readonly path: string;
  /** Bytes. */
  readonly length: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly custom: TargetCustom;
}

/** The files of one release. */
export interface ListedRelease {
  /** `sha256:` and hex: of manifest.json. */
  readonly digest: string;
  readonly manifest: ListedTarget;
  readonly bootConfig: ListedTarget;
  readonly bootSum: ListedTarget;
  readonly image: ListedTarget;
  readonly blocks: ListedTarget;
  /** Delta packs; `base` is the digest of the release that each starts from. */
  readonly deltas: readonly (ListedTarget & { readonly base: string })[];
}

export interface TargetListing {
  readonly releases: readonly ListedRelease[];
  /** Channel name to release digest. */
  readonly channels: ReadonlyMap<string, string>;
}

type Targets = Readonly<Record<string, TargetFile>>;

/**
 * What targets metadata says, with names, kinds and releases agreeing with each other.
 *
 * @throws MetadataError `malformed`
 */
export function listTargets(file: string, targets: Targets): TargetListing {
  const listed = Object.entries(targets).map(([name, target]) => listTarget(file, name, target));
  const manifests = listed.filter(({ custom }) => custom.kind === 'release');
  const releases = manifests.map((manifest) => releaseOf(file, manifest, listed));
  const known = new Set(releases.map(({ digest }) => digest));
  const stray = listed.find(({ custom }) => !known.has(custom.release));
  if (stray !== undefined) throw refused(file, stray.name, 'is of a release that is not listed');
  const channels = listed
    .filter(({ custom }) => custom.kind === 'channel')
    .map(({ name, custom }) => [channelOf(name), custom.release] as const);
  return { releases, channels: new Map(channels) };
}

/**
 * The digests that no node may start.
 *
 * @throws MetadataError `malformed`
 */
export function listHalted(file: string, targets: Targets): ReadonlySet<string> {
  const listed = Object.entries(targets).map(([name, target]) => listTarget(file, name, target));
  const stray = listed.find(({ custom }) => custom.kind !== 'halt');
  if (stray !== undefined) throw refused(file, stray.name, 'is not for this role to list');
  return new Set(listed.map(({ custom }) => custom.release));
}

function listTarget(file: string, name: string, target: TargetFile): ListedTarget {
  const { length, hashes, custom } = target;
  const { sha256 } = hashes;
  if (!isTargetName(name, custom)) throw refused(file, name, `is no name for kind ${custom.kind}`);
  if (custom.kind === 'release' && `sha256:${sha256}` !== custom.release) {
    throw refused(file, name, 'is not the manifest of the release that it is listed for');
  }
  return { name, path: storedPath(name, sha256), length, sha256, custom };
}

function releaseOf(
  file: string,
  manifest: ListedTarget,
  listed: readonly ListedTarget[],
): ListedRelease {
  const digest = manifest.custom.release;
  const own = new Map(
    listed.filter(({ custom }) => custom.release === digest).map((target) => [target.name, target]),
  );
  const part = (name: string): ListedTarget => {
    const target = own.get(fileName(digest, name));
    if (target === undefined) throw refused(file, manifest.name, `has no ${name} beside it`);
    return target;
  };
  const deltas = [...own.values()].flatMap((target) =>
    target.custom.kind === 'delta' ? [{ ...target, base: target.custom.base }] : [],
  );
  return {
    digest,
    manifest,
    bootConfig: part('boot.cfg'),
    bootSum: part('boot.sum'),
    image: part('image.zst'),
    blocks: part('image.blocks'),
    deltas,
  };
}

function refused(file: string, name: string, why: string): MetadataError {
  return new MetadataError(file, 'malformed', `lists ${JSON.stringify(name)}, which ${why}`);
}
