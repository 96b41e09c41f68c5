import test from 'ava';
import { z } from 'zod';
import { formatCycloneDx } from './cyclonedx-document.ts';
import { formatPackages } from './inventory.ts';
import { formatSpdx } from './spdx-document.ts';
import type { InstalledPackage } from './installed-package.ts';
import type { Inventory } from './inventory.ts';

const INVENTORY: Inventory = {
  image: { name: 'node', version: '1.2.3' },
  distribution: { id: 'debian', versionId: '13', name: 'Debian GNU/Linux' },
  packages: [
    {
      type: 'deb',
      name: 'libc6',
      version: '2.41-12',
      arch: 'amd64',
      source: { name: 'glibc', version: '2.41-12' },
      licenses: ['GPL-2+', 'LGPL-2.1+'],
      sha256: 'a'.repeat(64),
    },
    {
      type: 'deb',
      name: 'libstdc++6',
      version: '14.2.0-19',
      arch: 'amd64',
      source: { name: 'gcc-14', version: '1:14.2.0-19' },
      licenses: [],
    },
  ],
  epoch: 1700000000,
  kubeosVersion: '0.1.0',
};

const spdxSchema = z.looseObject({
  documentNamespace: z.string(),
  creationInfo: z.looseObject({ created: z.string() }),
  packages: z.array(
    z.looseObject({
      SPDXID: z.string().regex(/^SPDXRef-[A-Za-z0-9.-]+$/),
      name: z.string(),
      versionInfo: z.string(),
      sourceInfo: z.string().optional(),
      licenseDeclared: z.string(),
      primaryPackagePurpose: z.string(),
    }),
  ),
  hasExtractedLicensingInfos: z.array(z.looseObject({ licenseId: z.string() })),
  relationships: z.array(
    z.strictObject({
      spdxElementId: z.string(),
      relationshipType: z.string(),
      relatedSpdxElement: z.string(),
    }),
  ),
});

const cycloneDxSchema = z.looseObject({
  serialNumber: z.string(),
  metadata: z.looseObject({
    timestamp: z.string(),
    component: z.looseObject({ type: z.string() }),
  }),
  components: z.array(
    z.looseObject({
      type: z.string(),
      'bom-ref': z.string(),
      name: z.string(),
      version: z.string(),
      properties: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
    }),
  ),
  dependencies: z.array(z.strictObject({ ref: z.string(), dependsOn: z.array(z.string()) })),
});

const spdx = (inventory: Inventory): z.infer<typeof spdxSchema> =>
  spdxSchema.parse(JSON.parse(formatSpdx(inventory)));
const cycloneDx = (inventory: Inventory): z.infer<typeof cycloneDxSchema> =>
  cycloneDxSchema.parse(JSON.parse(formatCycloneDx(inventory)));

test('SPDX: the image contains one operating system, which contains every package', (t) => {
  const { packages, relationships } = spdx(INVENTORY);
  const [image, system, ...rest] = packages;
  t.deepEqual([image?.name, image?.versionInfo], ['node', '1.2.3']);
  t.deepEqual([system?.name, system?.versionInfo], ['debian', '13']);
  t.is(system?.primaryPackagePurpose, 'OPERATING-SYSTEM');
  t.regex(system?.SPDXID ?? '', /^SPDXRef-OperatingSystem/);
  t.deepEqual(
    relationships.map((one) =>
      [one.spdxElementId, one.relationshipType, one.relatedSpdxElement].join(' '),
    ),
    [
      'SPDXRef-DOCUMENT DESCRIBES SPDXRef-Image',
      'SPDXRef-Image CONTAINS SPDXRef-OperatingSystem',
      ...rest.map((one) => `SPDXRef-OperatingSystem CONTAINS ${one.SPDXID}`),
    ],
  );
  t.is(rest.length, 2);
});

test('CycloneDX: every package hangs on the one operating-system component', (t) => {
  const { metadata, components, dependencies } = cycloneDx(INVENTORY);
  const [system, ...rest] = components;
  t.deepEqual([system?.type, system?.name, system?.version], ['operating-system', 'debian', '13']);
  t.not(metadata.component.type, 'operating-system');
  t.true(rest.every(({ type }) => type === 'library'));
  t.deepEqual(dependencies, [
    { ref: 'image', dependsOn: ['operating-system'] },
    { ref: 'operating-system', dependsOn: rest.map((one) => one['bom-ref']) },
  ]);
});

test('both say what a package was built from, in the words that Trivy reads', (t) => {
  t.is(spdx(INVENTORY).packages[3]?.sourceInfo, 'built package from: gcc-14 1:14.2.0-19');
  t.deepEqual(cycloneDx(INVENTORY).components[2]?.properties, [
    { name: 'aquasecurity:trivy:SrcName', value: 'gcc-14' },
    { name: 'aquasecurity:trivy:SrcVersion', value: '14.2.0' },
    { name: 'aquasecurity:trivy:SrcRelease', value: '19' },
    { name: 'aquasecurity:trivy:SrcEpoch', value: '1' },
  ]);
});

test('SPDX: every license that is named is defined', (t) => {
  const { packages, hasExtractedLicensingInfos } = spdx(INVENTORY);
  const defined = hasExtractedLicensingInfos.map(({ licenseId }) => licenseId);
  t.is(defined.length, 2);
  t.is(packages[2]?.licenseDeclared, defined.join(' AND '));
  t.is(packages[3]?.licenseDeclared, 'NOASSERTION');
});

test('the times are the build’s own, and the identifiers follow the content', (t) => {
  const other = { ...INVENTORY, packages: INVENTORY.packages.slice(1) };
  t.is(formatSpdx(INVENTORY), formatSpdx(structuredClone(INVENTORY)));
  t.is(formatCycloneDx(INVENTORY), formatCycloneDx(structuredClone(INVENTORY)));
  t.is(spdx(INVENTORY).creationInfo.created, '2023-11-14T22:13:20Z');
  t.is(cycloneDx(INVENTORY).metadata.timestamp, '2023-11-14T22:13:20Z');
  t.not(spdx(INVENTORY).documentNamespace, spdx(other).documentNamespace);
  t.not(cycloneDx(INVENTORY).serialNumber, cycloneDx(other).serialNumber);
  t.regex(cycloneDx(INVENTORY).serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-/);
});

test('packages.json is canonical: sorted keys, no spaces', (t) => {
  t.is(
    formatPackages({ packages: INVENTORY.packages.slice(1) }),
    '{"packages":[{"arch":"amd64","licenses":[],"name":"libstdc++6","source":{"name":"gcc-14","version":"1:14.2.0-19"},"type":"deb","version":"14.2.0-19"}],"schema":1}',
  );
});

const GRUB: InstalledPackage = {
  ...{ type: 'deb', name: 'grub-efi-amd64-bin', version: '2.06-13', arch: 'amd64' },
  ...{ source: { name: 'grub2', version: '2.06-13' }, licenses: [] },
};
const WITH_BOOT: Inventory = {
  ...INVENTORY,
  boot: { distribution: { id: 'debian', versionId: '12' }, packages: [GRUB] },
};

test('what is on BOOT is named too, as the build host’s, and the system does not contain it', (t) => {
  const { packages, relationships } = spdx(WITH_BOOT);
  const grub = packages.at(-1);
  t.like(grub, { name: 'grub-efi-amd64-bin', versionInfo: '2.06-13' });
  t.regex(JSON.stringify(grub), /on BOOT/);
  t.regex(JSON.stringify(grub), /grub-efi-amd64-bin@2\.06-13\?arch=amd64&distro=debian-12/);
  t.deepEqual(relationships.at(-1), {
    ...{ spdxElementId: 'SPDXRef-Image', relationshipType: 'CONTAINS' },
    relatedSpdxElement: grub?.SPDXID ?? '',
  });
  const { components, dependencies } = cycloneDx(WITH_BOOT);
  const component = components.at(-1);
  t.deepEqual(component?.properties?.at(-1), { name: 'kubeos:place', value: 'BOOT' });
  t.deepEqual(dependencies[0]?.dependsOn, ['operating-system', component?.['bom-ref'] ?? '']);
  t.like(JSON.parse(formatPackages(WITH_BOOT)), {
    boot: { distribution: { id: 'debian', versionId: '12' }, packages: [{ name: GRUB.name }] },
  });
});
