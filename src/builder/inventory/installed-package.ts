import { compareText } from './compare-text.ts';
import type { Distribution } from './purl.ts';

/** One package of a root file system, as its package manager recorded it. */
export interface InstalledPackage {
  readonly type: 'deb' | 'rpm';
  readonly name: string;
  /** The whole version: `[epoch:]upstream[-revision]`; an RPM's epoch 0 is not written. */
  readonly version: string;
  /** The package manager's word for it: `amd64`, `all`, `x86_64`, `noarch`. */
  readonly arch: string;
  /** What it was built from; advisories are written about source packages. */
  readonly source: { readonly name: string; readonly version: string };
  /** License names as the distribution writes them, sorted; empty when it does not say. */
  readonly licenses: readonly string[];
  /** SHA-256 of the package file, where the lock knows it. */
  readonly sha256?: string;
}

/** What came from packages of the build host and is on BOOT, not in the root file system: GRUB. */
export interface BootParts {
  /** The build host's. */
  readonly distribution: Distribution;
  readonly packages: readonly InstalledPackage[];
}

export function sortPackages(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
  return packages.toSorted(
    (a, b) =>
      compareText(a.name, b.name) ||
      compareText(a.arch, b.arch) ||
      compareText(a.version, b.version),
  );
}

/** Gives each package the SHA-256 of its package file, from what was locked. */
export function addDigests(
  packages: readonly InstalledPackage[],
  locked: readonly {
    readonly name: string;
    readonly version: string;
    readonly arch: string;
    readonly sha256: string;
  }[],
): readonly InstalledPackage[] {
  const key = (one: { name: string; version: string; arch: string }): string =>
    `${one.name} ${one.version} ${one.arch}`;
  const digests = new Map(locked.map((one) => [key(one), one.sha256]));
  return packages.map((one) => {
    const sha256 = digests.get(key(one));
    return sha256 === undefined ? one : { ...one, sha256 };
  });
}
