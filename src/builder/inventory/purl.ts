import type { InstalledPackage } from './installed-package.ts';

/** The distribution that packages belong to, from os-release: ID and VERSION_ID. */
export interface Distribution {
  readonly id: string;
  readonly versionId: string;
  /** NAME, for people. */
  readonly name?: string;
}

/**
 * The package URL (ECMA-427) of a distribution's package. Scanners choose the vulnerability feed by `distro`,
 * and find by `upstream` what the package was built from, since advisories are about that.
 */
export function purlOf(one: InstalledPackage, distribution: Distribution): string {
  const { epoch, version } = splitVersion(one);
  const distro = [distribution.id, distribution.versionId].filter((part) => part !== '').join('-');
  const qualifiers = { arch: one.arch, distro, ...epoch, ...upstreamOf(one) };
  // Keys are in alphabetical order as they stand.
  const query = Object.entries(qualifiers).map(([key, value]) => `${key}=${encode(value)}`);
  const path = [one.type, distribution.id.toLowerCase(), encode(one.name)].join('/');
  return `pkg:${path}@${encode(version)}?${query.join('&')}`;
}

/** An RPM's epoch is a qualifier, a Debian package's stays in its version. */
function splitVersion({ type, version }: InstalledPackage): {
  readonly epoch: { readonly epoch?: string };
  readonly version: string;
} {
  const [, epoch, rest] = /^(\d+):(.*)$/.exec(version) ?? [];
  if (type === 'deb' || epoch === undefined || rest === undefined) return { epoch: {}, version };
  return { epoch: { epoch }, version: rest };
}

/** In the forms that syft writes and grype reads: `name[@version]`, or the name of the source RPM. */
function upstreamOf({ type, name, version, source }: InstalledPackage): {
  readonly upstream?: string;
} {
  if (type === 'rpm') return { upstream: `${source.name}-${source.version}.src.rpm` };
  if (source.version !== version) return { upstream: `${source.name}@${source.version}` };
  return source.name === name ? {} : { upstream: source.name };
}

/** Percent-encoding of package URLs: all but letters, digits, `.`, `-`, `_`, `~` and the colon. */
function encode(text: string): string {
  return encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':');
}
