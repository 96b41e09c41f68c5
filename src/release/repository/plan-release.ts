import { KubeosError } from '../../errors.ts';
import { deltaName, fileName, storedPath } from '../metadata/target-name.ts';
import type { TargetCustom } from '../metadata/target-schema.ts';
import type { LocalPack } from './local-pack.ts';
import { RELEASE_FILES, type LocalRelease } from './local-release.ts';
import type { RepositoryChange, TargetList } from './repository-change.ts';
import type { Content } from './repository-store.ts';

/** A file that is to be listed. */
interface PlannedTarget {
  readonly name: string;
  readonly content: Content;
  readonly custom: TargetCustom;
}

/**
 * Adds a release and its delta packs to what is listed. What is listed already stays as it is; null when all is.
 *
 * @throws KubeosError USAGE when the release is listed with other files
 */
export function planRelease(
  listed: TargetList,
  release: LocalRelease,
  packs: readonly LocalPack[],
): RepositoryChange | null {
  const wanted = [...filesOf(release), ...packs.map((pack) => packOf(release, pack))];
  const missing = wanted.filter((target) => !isListed(listed, target));
  if (missing.length === 0) return null;
  const added = missing.map(({ name, content, custom }) => {
    const { size, sha256 } = content;
    return [name, { length: size, hashes: { sha256 }, custom }] as const;
  });
  return {
    blobs: wanted.map(blobOf),
    targets: { ...listed, ...Object.fromEntries(added) },
  };
}

/** Every file of the release, for a look whether the store really has it. */
export function blobsOf(
  release: LocalRelease,
  packs: readonly LocalPack[],
): RepositoryChange['blobs'] {
  return [...filesOf(release), ...packs.map((pack) => packOf(release, pack))].map(blobOf);
}

function filesOf({ digest, files }: LocalRelease): readonly PlannedTarget[] {
  return RELEASE_FILES.map(({ file, kind }) => ({
    name: fileName(digest, file),
    content: files[file],
    custom: { kind, release: digest },
  }));
}

function packOf({ digest }: LocalRelease, { base, content }: LocalPack): PlannedTarget {
  return {
    name: deltaName(digest, base),
    content,
    custom: { kind: 'delta', release: digest, base },
  };
}

function isListed(listed: TargetList, { name, content, custom }: PlannedTarget): boolean {
  const there = Object.hasOwn(listed, name) ? listed[name] : undefined;
  if (there === undefined) return false;
  // Packs of one pair may differ, by another level perhaps: the first one that was published stays.
  if (there.hashes.sha256 === content.sha256 || custom.kind === 'delta') return true;
  throw new KubeosError('USAGE', `release ${custom.release} is published with another ${name}`, {
    hint: 'a published release is never changed; build it again under a new version',
  });
}

const blobOf = ({ name, content }: PlannedTarget): RepositoryChange['blobs'][number] => ({
  path: storedPath(name, content.sha256),
  content,
});
