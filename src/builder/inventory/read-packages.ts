import { sortPackages } from './installed-package.ts';
import { readDpkgPackages } from './read-dpkg-packages.ts';
import { readRpmPackages } from './read-rpm-packages.ts';
import type { Commands } from '../../host/commands.ts';
import type { InstalledPackage } from './installed-package.ts';

/** Every package of a root file system, sorted; none when it has no package database. */
export async function readPackages(
  tree: string,
  commands: Commands,
): Promise<readonly InstalledPackage[]> {
  const packages = await Promise.all([readDpkgPackages(tree), readRpmPackages(tree, commands)]);
  return sortPackages(packages.flat());
}
