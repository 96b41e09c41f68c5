import { KubeosError } from '../../errors.ts';
import { canonicalJson, type JsonValue } from '../../release/canonical-json.ts';
import type { BootParts, InstalledPackage } from './installed-package.ts';
import type { OsRelease } from './parse-os-release.ts';
import type { Distribution } from './purl.ts';

/** What is in an image; all that a list of its parts says comes from here. */
export interface Inventory {
  readonly image: { readonly name: string; readonly version: string };
  readonly distribution: Distribution & { readonly name: string };
  readonly packages: readonly InstalledPackage[];
  /** Where the build host knows. */
  readonly boot?: BootParts;
  /** SOURCE_DATE_EPOCH, seconds since 1970: the same image has the same lists. */
  readonly epoch: number;
  readonly kubeosVersion: string;
}

/** @throws KubeosError BUILD_CHECK_FAILED without ID: scanners would find nothing, and say nothing */
export function distributionOf(osRelease: OsRelease): Inventory['distribution'] {
  const id = osRelease.get('ID') ?? '';
  if (id === '') {
    throw new KubeosError('BUILD_CHECK_FAILED', 'os-release has no ID', {
      hint: 'scanners choose their feed by it; add ID and VERSION_ID to /usr/lib/os-release',
    });
  }
  const versionId = osRelease.get('VERSION_ID') ?? '';
  return { id, versionId, name: osRelease.get('NAME') ?? id };
}

/** One line for people. Lists that are empty look like lists of an image without faults, so that is said. */
export function summaryOf({ packages, distribution }: Inventory): string {
  if (packages.length === 0) {
    return 'no package database of dpkg or rpm: packages.json and both SBOMs name no package';
  }
  return `packages: ${packages.length} (${distribution.name} ${distribution.versionId})`;
}

/** The text of `packages.json`: canonical JSON, so that its digest stands for the set of packages. */
export function formatPackages({ packages, boot }: Pick<Inventory, 'packages' | 'boot'>): string {
  return canonicalJson({
    schema: 1,
    packages: packages.map(asJson),
    ...(boot === undefined
      ? {}
      : { boot: { distribution: { ...boot.distribution }, packages: boot.packages.map(asJson) } }),
  });
}

const asJson = (one: InstalledPackage): JsonValue => ({ ...one, source: { ...one.source } });
