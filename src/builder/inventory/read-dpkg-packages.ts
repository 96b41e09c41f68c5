import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { compareText } from './compare-text.ts';
import { parseCopyright } from './parse-copyright.ts';
import { parseDpkgStatus } from './parse-dpkg-status.ts';
import { locateInTree, readTreeFile } from './tree-file.ts';
import type { InstalledPackage } from './installed-package.ts';

/** Where kubeos puts the database into an image, then where a distribution has it. */
const DIRECTORIES = ['usr/lib/sysimage/dpkg', 'var/lib/dpkg'];

/** The packages that dpkg recorded in a root file system, with license names where they say them. */
export async function readDpkgPackages(tree: string): Promise<readonly InstalledPackage[]> {
  for (const directory of DIRECTORIES) {
    const packages = (await readStatusTexts(tree, directory)).flatMap(parseDpkgStatus);
    if (packages.length > 0) {
      return await Promise.all(packages.map(async (one) => await addLicenses(tree, one)));
    }
  }
  return [];
}

/** One file, or one file per package in status.d, as distroless images have it. */
async function readStatusTexts(tree: string, directory: string): Promise<readonly string[]> {
  const folder = path.join(directory, 'status.d');
  const place = await locateInTree(tree, folder);
  const names = place === undefined ? [] : await readdir(place);
  const files = names
    .filter((name) => !name.endsWith('.md5sums'))
    .toSorted(compareText)
    .map((name) => path.join(folder, name));
  const texts = [path.join(directory, 'status'), ...files].map(
    async (file) => await readTreeFile(tree, file),
  );
  return (await Promise.all(texts)).filter((text) => text !== undefined);
}

async function addLicenses(tree: string, one: InstalledPackage): Promise<InstalledPackage> {
  const text = await readTreeFile(tree, `usr/share/doc/${one.name}/copyright`);
  return text === undefined ? one : { ...one, licenses: parseCopyright(text) };
}
