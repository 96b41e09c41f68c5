import { copyFile, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openScratch } from '../../host/open-scratch.ts';
import { parseRpmQuery, RPM_QUERY_FORMAT } from './parse-rpm-query.ts';
import { locateInTree } from './tree-file.ts';
import type { Command, Commands } from '../../host/commands.ts';
import type { InstalledPackage } from './installed-package.ts';

/** Newer distributions have it in /usr; the other two are links to it there, or its older places. */
export const RPM_DIRECTORIES = ['usr/lib/sysimage/rpm', 'usr/share/rpm', 'var/lib/rpm'];
export const RPM_DATABASE_FILE = /^(?:rpmdb\.sqlite|Packages(?:\.db)?)$/;

/**
 * The packages that rpm recorded in a root file system. The database is copied first, because rpm
 * writes beside it even when it only reads.
 * @throws KubeosError HOST_NOT_READY without rpm, COMMAND_FAILED for a database that it cannot read
 */
export async function readRpmPackages(
  tree: string,
  commands: Commands,
): Promise<readonly InstalledPackage[]> {
  const files = await findDatabase(tree);
  if (files.length === 0) return [];
  await using copy = await openScratch(tmpdir());
  for (const file of files) await copyFile(file, path.join(copy.path, path.basename(file)));
  const { stdout } = await commands.run(listRpmPackages(copy.path));
  return parseRpmQuery(stdout);
}

/** `database` is a copy. */
export function listRpmPackages(database: string): Command {
  const args = ['--dbpath', database, '--query', '--all', '--queryformat', RPM_QUERY_FORMAT];
  return { tool: 'rpm', args, isQuiet: true };
}

/** The database's file and what sqlite keeps beside it. */
async function findDatabase(tree: string): Promise<readonly string[]> {
  for (const directory of RPM_DIRECTORIES) {
    const folder = await locateInTree(tree, directory);
    if (folder === undefined) continue;
    const entries = await readdir(folder, { withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    const database = files.find((name) => RPM_DATABASE_FILE.test(name));
    if (database === undefined) continue;
    return files
      .filter((name) => name === database || name === `${database}-wal`)
      .map((name) => path.join(folder, name));
  }
  return [];
}
