import { isDeepStrictEqual } from 'node:util';
import { compareDebianVersions } from './compare-debian-versions.ts';
import { compareRpmVersions } from './compare-rpm-versions.ts';
import { lockedPackages } from './lock-schema.ts';
import type { Lock, LockedPackage } from './lock-schema.ts';

export interface PackageVersion {
  readonly name: string;
  readonly arch: string;
  readonly version: string;
}

/** `rebuilt`: the same version with other bytes. */
export interface PackageMove {
  readonly name: string;
  readonly arch: string;
  readonly kind: 'upgraded' | 'downgraded' | 'rebuilt';
  readonly from: string;
  readonly to: string;
}

export interface FieldChange {
  readonly field: string;
  readonly from: string;
  readonly to: string;
}

export interface LockDiff {
  readonly added: readonly PackageVersion[];
  readonly removed: readonly PackageVersion[];
  readonly moved: readonly PackageMove[];
  /** Of the base: its type, suite, addresses, requested packages, digest. */
  readonly base: readonly FieldChange[];
  /** Whether a build would take in something else. An index signed anew over the same packages is no change. */
  readonly isChanged: boolean;
}

/** What a build by the lock `next` would take in that one by `current` does not. */
export function diffLocks(current: Lock, next: Lock): LockDiff {
  const [before, after] = [indexPackages(current), indexPackages(next)];
  const added = [...after].filter(([key]) => !before.has(key)).map(([, one]) => versionOf(one));
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, one]) => versionOf(one));
  const moved = [...after].flatMap(([key, one]) => {
    const old = before.get(key);
    return old === undefined ? [] : movesOf(old, one, next.base.type);
  });
  const base = diffFields(baseFields(current), baseFields(next));
  const isChanged = added.length + removed.length + moved.length + base.length > 0;
  return { added, removed, moved, base, isChanged };
}

function indexPackages(lock: Lock): ReadonlyMap<string, LockedPackage> {
  return new Map(lockedPackages(lock).map((one) => [`${one.name}:${one.arch}`, one]));
}

function versionOf({ name, arch, version }: LockedPackage): PackageVersion {
  return { name, arch, version };
}

function movesOf(
  old: LockedPackage,
  one: LockedPackage,
  type: Lock['base']['type'],
): readonly PackageMove[] {
  if (old.version === one.version && old.sha256 === one.sha256) return [];
  const compare = type === 'dnf' ? compareRpmVersions : compareDebianVersions;
  const order = compare(old.version, one.version);
  const kind = order < 0 ? 'upgraded' : order > 0 ? 'downgraded' : 'rebuilt';
  return [{ name: one.name, arch: one.arch, kind, from: old.version, to: one.version }];
}

/** What counts of the base beside its packages: not when and with which digest an index was signed. */
function baseFields({ name, arch, base }: Lock): Readonly<Record<string, string>> {
  const common = { name, arch, type: base.type };
  switch (base.type) {
    case 'apt': {
      const sources = base.sources.map(({ uri, suite, components }) =>
        [uri, suite, ...components].join(' '),
      );
      const { suite, requested } = base;
      return { ...common, suite, sources: sources.join(', '), requested: requested.join(', ') };
    }
    case 'dnf': {
      const repositories = base.repositories.map(({ id, baseUrl }) => `${id} ${baseUrl}`);
      const { release, requested } = base;
      return {
        ...common,
        release,
        repositories: repositories.join(', '),
        requested: requested.join(', '),
      };
    }
    case 'oci':
      return { ...common, image: base.image, digest: base.digest };
    case 'tar':
    case 'directory':
      return { ...common, sha256: base.sha256 };
    default:
      return base satisfies never;
  }
}

function diffFields(
  from: Readonly<Record<string, string>>,
  to: Readonly<Record<string, string>>,
): readonly FieldChange[] {
  if (isDeepStrictEqual(from, to)) return [];
  const fields = new Set([...Object.keys(from), ...Object.keys(to)]);
  return [...fields]
    .filter((field) => from[field] !== to[field])
    .map((field) => ({ field, from: from[field] ?? '', to: to[field] ?? '' }));
}
