import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatCycloneDx } from '../../src/builder/inventory/cyclonedx-document.ts';
import { distributionOf } from '../../src/builder/inventory/inventory.ts';
import { loadOsRelease } from '../../src/builder/inventory/load-os-release.ts';
import { readPackages } from '../../src/builder/inventory/read-packages.ts';
import { formatSpdx } from '../../src/builder/inventory/spdx-document.ts';
import { formatProvenance } from '../../src/builder/provenance/provenance.ts';
import { hostCommands } from '../../src/host/run-commands.ts';
import type { InstalledPackage } from '../../src/builder/inventory/installed-package.ts';
import type { Inventory } from '../../src/builder/inventory/inventory.ts';

/** An old libssl3, which bears another name than its source; a bash that is older than its planted fix; one that is not. */
const STATUS = `Package: libssl3
Status: install ok installed
Source: openssl
Version: 3.0.9-1+b2
Architecture: amd64

Package: bash
Status: install ok installed
Version: 5.2.15-2
Architecture: amd64

Package: dash
Status: install ok installed
Version: 0.5.12-2
Architecture: amd64
`;
const OS_RELEASE = 'NAME="Debian GNU/Linux"\nID=debian\nVERSION_ID="12"\nIMAGE_ID=node\n';

export interface Advisory {
  readonly id: string;
  /** Advisories are about source packages. */
  readonly source: string;
  readonly fixedIn: string;
}

export const ADVISORIES: readonly Advisory[] = [
  { id: 'CVE-2099-0001', source: 'openssl', fixedIn: '3.0.11-1~deb12u1' },
  { id: 'CVE-2099-0002', source: 'bash', fixedIn: '5.2.15-2+deb12u1' },
  { id: 'CVE-2099-0003', source: 'dash', fixedIn: '0.5.12-1' },
  { id: 'CVE-2099-0004', source: 'not-installed', fixedIn: '99' },
];

export interface PlantedFiles {
  readonly spdx: string;
  readonly cycloneDx: string;
  readonly provenance: string;
}

/** Writes the lists of a small planted root file system, as a build does it, into a directory. */
export async function writePlantedFiles(directory: string): Promise<PlantedFiles> {
  const tree = path.join(directory, 'tree');
  await mkdir(path.join(tree, 'usr/lib/sysimage/dpkg'), { recursive: true });
  await writeFile(path.join(tree, 'usr/lib/sysimage/dpkg/status'), STATUS);
  await writeFile(path.join(tree, 'usr/lib/os-release'), OS_RELEASE);
  const inventory = await takeInventory(tree);
  const files = {
    spdx: path.join(directory, 'sbom.spdx.json'),
    cycloneDx: path.join(directory, 'sbom.cdx.json'),
    provenance: path.join(directory, 'provenance.json'),
  };
  await writeFile(files.spdx, formatSpdx(inventory));
  await writeFile(files.cycloneDx, formatCycloneDx(inventory));
  await writeFile(files.provenance, plantedProvenance());
  return files;
}

async function takeInventory(tree: string): Promise<Inventory> {
  const commands = hostCommands({ signal: new AbortController().signal });
  const packages = await readPackages(tree, commands);
  return {
    image: { name: 'node', version: '1.2.3' },
    distribution: distributionOf(await loadOsRelease(tree)),
    packages: packages.map((one) => ({ ...one, licenses: ['GPL-2+'], sha256: 'a'.repeat(64) })),
    boot: { distribution: { id: 'debian', versionId: '13' }, packages: [GRUB] },
    epoch: 1700000000,
    kubeosVersion: '0.1.0',
  };
}

/** On BOOT, from a build host of another release. */
const GRUB: InstalledPackage = {
  ...{ type: 'deb', name: 'grub-efi-amd64-bin', version: '2.12-9', arch: 'amd64', licenses: [] },
  source: { name: 'grub2', version: '2.12-9' },
};

function plantedProvenance(): string {
  const sha256 = 'b'.repeat(64);
  return formatProvenance({
    kubeosVersion: '0.1.0',
    definition: [{ name: 'kubeos.yaml', sha256 }],
    overrides: {},
    sourceDateEpoch: 1700000000,
    tools: { sgdisk: '1.0.9' },
    dependencies: [{ name: 'bash', sha256, uri: 'pkg:deb/debian/bash@5.2.15-2?arch=amd64' }],
    artifacts: [{ name: 'disk.raw', sha256 }],
  });
}
