import { createHash } from 'node:crypto';
import { uuidOf } from '../../disk/uuid.ts';
import { compareText } from './compare-text.ts';
import { purlOf, type Distribution } from './purl.ts';
import type { InstalledPackage } from './installed-package.ts';
import type { Inventory } from './inventory.ts';

const DOCUMENT = 'SPDXRef-DOCUMENT';
const IMAGE = 'SPDXRef-Image';
/** Trivy knows the operating system by this beginning of the identifier. */
const SYSTEM = 'SPDXRef-OperatingSystem';
const UNKNOWN = 'NOASSERTION';
const ON_BOOT = 'on BOOT, from a package of the build host';

/**
 * The parts list as SPDX 2.3 JSON: the image contains its operating system, which contains every package.
 * Without the operating system, scanners would pass over the packages without a word.
 */
export function formatSpdx(inventory: Inventory): string {
  const content = spdxContent(inventory);
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const uuid = uuidOf(inventory.image.name, `spdx/${digest}`);
  const document = {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: DOCUMENT,
    documentNamespace: `https://github.com/kubeos/kubeos/spdx/${uuid}`,
    ...content,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function spdxContent(inventory: Inventory): object {
  const { image, packages, boot, epoch, kubeosVersion } = inventory;
  const parts = packages.map((one) => packageElement(one, inventory.distribution));
  const bootParts = (boot?.packages ?? []).map((one) => ({
    ...packageElement(one, boot?.distribution ?? inventory.distribution),
    comment: ON_BOOT,
  }));
  return {
    name: `${image.name}-${image.version}`,
    creationInfo: {
      created: new Date(epoch * 1000).toISOString().replace('.000Z', 'Z'),
      creators: [`Tool: kubeos-${kubeosVersion}`],
    },
    packages: [imageElement(inventory), systemElement(inventory), ...parts, ...bootParts],
    hasExtractedLicensingInfos: licenseElements(packages),
    relationships: [
      relationship(DOCUMENT, 'DESCRIBES', IMAGE),
      relationship(IMAGE, 'CONTAINS', SYSTEM),
      ...parts.map((part) => relationship(SYSTEM, 'CONTAINS', part.SPDXID)),
      // Not the system's: it is another distribution's, whose advisories are others.
      ...bootParts.map((part) => relationship(IMAGE, 'CONTAINS', part.SPDXID)),
    ],
  };
}

const PLAIN_PACKAGE = {
  downloadLocation: UNKNOWN,
  filesAnalyzed: false,
  licenseConcluded: UNKNOWN,
  copyrightText: UNKNOWN,
};

function imageElement({ image }: Inventory): object {
  const locator = `pkg:generic/${encodeURIComponent(image.name)}@${encodeURIComponent(image.version)}`;
  return {
    SPDXID: IMAGE,
    name: image.name,
    versionInfo: image.version,
    primaryPackagePurpose: 'INSTALL',
    ...PLAIN_PACKAGE,
    licenseDeclared: UNKNOWN,
    externalRefs: [purlReference(locator)],
  };
}

function systemElement({ distribution }: Inventory): object {
  return {
    SPDXID: SYSTEM,
    name: distribution.id,
    ...(distribution.versionId === '' ? {} : { versionInfo: distribution.versionId }),
    primaryPackagePurpose: 'OPERATING-SYSTEM',
    ...PLAIN_PACKAGE,
    licenseDeclared: UNKNOWN,
  };
}

function packageElement(
  one: InstalledPackage,
  distribution: Distribution,
): Readonly<Record<string, unknown>> & { readonly SPDXID: string } {
  const purl = purlOf(one, distribution);
  const licenses = one.licenses.map(licenseId).join(' AND ');
  return {
    SPDXID: `SPDXRef-Package-${identifierOf(one.name, purl)}`,
    name: one.name,
    versionInfo: one.version,
    supplier: `Organization: ${distribution.name ?? distribution.id}`,
    // In Trivy's words, which reads the source package from here.
    sourceInfo: `built package from: ${one.source.name} ${one.source.version}`,
    primaryPackagePurpose: 'LIBRARY',
    ...PLAIN_PACKAGE,
    licenseDeclared: licenses === '' ? UNKNOWN : licenses,
    ...(one.sha256 === undefined
      ? {}
      : { checksums: [{ algorithm: 'SHA256', checksumValue: one.sha256 }] }),
    externalRefs: [purlReference(purl)],
  };
}

/** License names of distributions are no SPDX identifiers, even where they look like them. */
function licenseElements(packages: readonly InstalledPackage[]): readonly object[] {
  const names = new Set(packages.flatMap((one) => one.licenses));
  return [...names]
    .toSorted(compareText)
    .map((name) => ({ licenseId: licenseId(name), name, extractedText: name }));
}

function licenseId(name: string): string {
  return `LicenseRef-${identifierOf(name, name)}`;
}

/** SPDX 2.3 clause 3.2: letters, digits, `.` and `-` only; the digest keeps apart what that makes equal. */
function identifierOf(name: string, unique: string): string {
  const digest = createHash('sha256').update(unique).digest('hex').slice(0, 12);
  return `${name.replaceAll(/[^A-Za-z0-9.]+/g, '-').slice(0, 60)}-${digest}`;
}

function purlReference(referenceLocator: string): object {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator };
}

function relationship(from: string, relationshipType: string, to: string): object {
  return { spdxElementId: from, relationshipType, relatedSpdxElement: to };
}
