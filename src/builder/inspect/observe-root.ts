import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../host/commands.ts';
import type { InstalledPackage } from '../inventory/installed-package.ts';
import { parseOsRelease } from '../inventory/parse-os-release.ts';
import { readPackages } from '../inventory/read-packages.ts';
import type { FileSystemReport, RootReport } from './image-report.ts';
import { findNode } from './tree/find-node.ts';
import type { FileTree } from './tree/file-node.ts';
import { readContent } from './tree/read-content.ts';
import { kernelsOf, unitsOf } from './units-and-kernels.ts';

export interface ObservedRoot {
  readonly fileSystem: FileSystemReport;
  /** Bytes that the file system takes. */
  readonly size: number;
  readonly tree: FileTree;
  readonly scratch: string;
}

/** What a root file system says about itself. */
export async function observeRoot(root: ObservedRoot, commands: Commands): Promise<RootReport> {
  const { tree } = root;
  const files = [...tree.values()].filter((node) => node.kind === 'file');
  return {
    fileSystem: root.fileSystem,
    size: root.size,
    os: await osReleaseOf(tree),
    kernels: kernelsOf(tree),
    packages: await packagesOf(root, commands),
    units: unitsOf(tree),
    contents: {
      files: files.length,
      bytes: files.reduce((total, node) => total + node.size, 0),
    },
  };
}

async function osReleaseOf(tree: FileTree): Promise<Readonly<Record<string, string>>> {
  for (const place of ['/etc/os-release', '/usr/lib/os-release']) {
    const node = findNode(tree, place);
    if (node === undefined) continue;
    return Object.fromEntries(parseOsRelease((await readContent(node)).toString(), place));
  }
  return {};
}

/** Where dpkg and rpm keep their databases, and what else is needed to read them. */
const DATABASES = [
  /^\/usr\/lib\/sysimage\/(?:dpkg\/status(?:\.d\/.*)?|rpm\/.*)$/,
  /^\/var\/lib\/(?:dpkg\/status(?:\.d\/.*)?|rpm\/.*)$/,
  /^\/usr\/share\/rpm\/.*$/,
];

/** The databases are copied out, because rpm writes beside its own even when it only reads. */
async function packagesOf(
  { tree, scratch }: ObservedRoot,
  commands: Commands,
): Promise<readonly InstalledPackage[]> {
  await using copy = await mkdtempDisposable(path.join(scratch, 'packages-'));
  for (const node of tree.values()) {
    const isWanted = node.kind === 'file' && DATABASES.some((pattern) => pattern.test(node.path));
    if (!isWanted) continue;
    const place = path.join(copy.path, node.path);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, await readContent(node));
  }
  return await readPackages(copy.path, commands);
}
