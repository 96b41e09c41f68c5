import type { Commands } from '../../host/commands.ts';
import type { LockedPackage } from '../lock/lock-schema.ts';
import { formatCycloneDx } from './cyclonedx-document.ts';
import { addDigests } from './installed-package.ts';
import { distributionOf, formatPackages, type Inventory } from './inventory.ts';
import { loadOsRelease } from './load-os-release.ts';
import { readBootPackages, type BootRequest } from './read-boot-packages.ts';
import { readPackages } from './read-packages.ts';
import { formatSpdx } from './spdx-document.ts';

export interface InventoryRequest extends Pick<Inventory, 'image' | 'epoch' | 'kubeosVersion'> {
  /** Directory of the root file system. */
  readonly tree: string;
  /** What is put onto BOOT. */
  readonly boot: BootRequest;
  readonly commands: Commands;
  /** Packages of the lock: they have the digests of the package files, which no database keeps. */
  readonly locked?: readonly LockedPackage[];
}

/** What is in a root file system, read from its own package database. */
export async function takeInventory(request: InventoryRequest): Promise<Inventory> {
  const { tree, commands, locked = [], boot: bootRequest, ...image } = request;
  const [osRelease, packages, boot] = await Promise.all([
    loadOsRelease(tree),
    readPackages(tree, commands),
    readBootPackages(bootRequest, commands),
  ]);
  const distribution = distributionOf(osRelease);
  return {
    ...{ ...image, distribution, packages: addDigests(packages, locked) },
    ...(boot === undefined ? {} : { boot }),
  };
}

/** The package list and both SBOMs, by file name. */
export function inventoryDocuments(inventory: Inventory): ReadonlyMap<string, string> {
  return new Map([
    ['packages.json', formatPackages(inventory)],
    ['sbom.spdx.json', formatSpdx(inventory)],
    ['sbom.cdx.json', formatCycloneDx(inventory)],
  ]);
}
