import { createHash } from 'node:crypto';
import { uuidOf } from '../../disk/uuid.ts';
import { purlOf, type Distribution } from './purl.ts';
import type { InstalledPackage } from './installed-package.ts';
import type { Inventory } from './inventory.ts';

const IMAGE = 'image';
const SYSTEM = 'operating-system';
const ON_BOOT = { name: 'kubeos:place', value: 'BOOT' };

/** The parts list as CycloneDX 1.6 JSON: every package hangs on the one operating-system component. */
export function formatCycloneDx(inventory: Inventory): string {
  const content = cycloneDxContent(inventory);
  const digest = createHash('sha256').update(JSON.stringify(content)).digest('hex');
  const document = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(inventory.image.name, `cyclonedx/${digest}`)}`,
    version: 1,
    ...content,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

function cycloneDxContent(inventory: Inventory): object {
  const { image, distribution, packages, boot, epoch, kubeosVersion } = inventory;
  const parts = packages.map((one) => packageComponent(one, distribution));
  const bootParts = (boot?.packages ?? []).map((one) => {
    const component = packageComponent(one, boot?.distribution ?? distribution);
    return { ...component, properties: [...component.properties, ON_BOOT] };
  });
  const system = { type: 'operating-system', 'bom-ref': SYSTEM, name: distribution.id };
  return {
    metadata: {
      timestamp: new Date(epoch * 1000).toISOString().replace('.000Z', 'Z'),
      tools: { components: [{ type: 'application', name: 'kubeos', version: kubeosVersion }] },
      component: imageComponent(image),
    },
    components: [
      distribution.versionId === '' ? system : { ...system, version: distribution.versionId },
      ...parts,
      ...bootParts,
    ],
    dependencies: [
      // What is on BOOT is not the system's: it is another distribution's, whose advisories are others.
      { ref: IMAGE, dependsOn: [SYSTEM, ...bootParts.map((part) => part['bom-ref'])] },
      { ref: SYSTEM, dependsOn: parts.map((part) => part['bom-ref']) },
    ],
  };
}

/** Not an operating-system as well: Trivy refuses a document with two of them. */
function imageComponent({ name, version }: Inventory['image']): object {
  const purl = `pkg:generic/${encodeURIComponent(name)}@${encodeURIComponent(version)}`;
  return { type: 'platform', 'bom-ref': IMAGE, name, version, purl };
}

type PackageComponent = Readonly<Record<string, unknown>> & {
  readonly 'bom-ref': string;
  readonly properties: readonly object[];
};

function packageComponent(one: InstalledPackage, distribution: Distribution): PackageComponent {
  const purl = purlOf(one, distribution);
  return {
    'bom-ref': purl,
    ...{ type: 'library', name: one.name, version: one.version, purl },
    supplier: { name: distribution.name ?? distribution.id },
    ...(one.licenses.length === 0
      ? {}
      : { licenses: one.licenses.map((name) => ({ license: { name } })) }),
    ...(one.sha256 === undefined ? {} : { hashes: [{ alg: 'SHA-256', content: one.sha256 }] }),
    properties: sourceProperties(one.source),
  };
}

/** Trivy passes over `upstream` in a package URL and reads the source package from these. */
function sourceProperties(source: InstalledPackage['source']): readonly object[] {
  const [, epoch, upstream = '', release] =
    /^(?:(\d+):)?(.*?)(?:-([^-]*))?$/.exec(source.version) ?? [];
  const values = {
    SrcName: source.name,
    SrcVersion: upstream,
    SrcRelease: release,
    SrcEpoch: epoch,
  };
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name: `aquasecurity:trivy:${name}`, value }));
}
