import { purlOf } from '../inventory/purl.ts';
import { packageUrl } from '../lock/fetch-locked-packages.ts';
import type { Distribution } from '../inventory/purl.ts';
import type { InstalledPackage } from '../inventory/installed-package.ts';
import type { LockedAptBase } from '../lock/lock-schema.ts';
import type { Dependency } from './provenance.ts';

/** Every package of an apt base as it went in: what it is, its digest, and where it was fetched. */
export function lockedDependencies(
  base: LockedAptBase,
  installed: readonly InstalledPackage[],
  distribution: Distribution,
): readonly Dependency[] {
  const key = (one: { readonly name: string; readonly arch: string }): string =>
    `${one.name}:${one.arch}`;
  const sources = new Map(installed.map((one) => [key(one), one.source]));
  return base.packages.map((one) => {
    const { name, version, arch, sha256 } = one;
    const source = sources.get(key(one)) ?? { name, version };
    const asPackage = { type: 'deb', name, version, arch, source, licenses: [] } as const;
    const from = base.sources[one.source];
    return {
      name,
      uri: purlOf(asPackage, distribution),
      sha256,
      ...(from === undefined ? {} : { downloadLocation: packageUrl(one, from) }),
    };
  });
}
