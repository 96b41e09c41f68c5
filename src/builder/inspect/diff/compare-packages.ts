import { compareText } from '../../inventory/compare-text.ts';
import type { InstalledPackage } from '../../inventory/installed-package.ts';
import { compareDebianVersions } from '../../lock/compare-debian-versions.ts';
import { compareRpmVersions } from '../../lock/compare-rpm-versions.ts';
import type { PackageChange } from './image-diff.ts';

type Packages = readonly InstalledPackage[];

/**
 * Packages that came, went, or changed their version, with the direction. A package that is there in several
 * versions (kernels of rpm distributions) comes and goes version by version.
 */
export function comparePackages(before: Packages, after: Packages): readonly PackageChange[] {
  const [old, young] = [groupByName(before), groupByName(after)];
  const keys = [...new Set([...old.keys(), ...young.keys()])].toSorted(compareText);
  return keys.flatMap((key) => changesOf(old.get(key) ?? [], young.get(key) ?? []));
}

function groupByName(packages: Packages): ReadonlyMap<string, Packages> {
  return Map.groupBy(packages, ({ name, arch, type }) => `${name} ${arch} ${type}`);
}

function changesOf(before: Packages, after: Packages): PackageChange[] {
  const gone = before.filter(({ version }) => !after.some((one) => one.version === version));
  const come = after.filter(({ version }) => !before.some((one) => one.version === version));
  const [old, young] = [gone[0], come[0]];
  if (before.length === 1 && after.length === 1 && old !== undefined && young !== undefined) {
    return [replaced(old, young)];
  }
  return [
    ...gone.map(({ name, arch, version }) => ({
      ...({ kind: 'removed', name, arch, before: version, after: null } as const),
    })),
    ...come.map(({ name, arch, version }) => ({
      ...({ kind: 'added', name, arch, before: null, after: version } as const),
    })),
  ];
}

function replaced(old: InstalledPackage, young: InstalledPackage): PackageChange {
  const compare = old.type === 'rpm' ? compareRpmVersions : compareDebianVersions;
  const isNewer = compare(old.version, young.version) <= 0;
  return {
    kind: isNewer ? 'upgraded' : 'downgraded',
    name: old.name,
    arch: old.arch,
    before: old.version,
    after: young.version,
  };
}
