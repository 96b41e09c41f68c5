import { lstat } from 'node:fs/promises';
import type { Commands } from '../../host/commands.ts';
import { movePackageDatabase } from './tree-commands.ts';

/** Moves the databases of dpkg and rpm from /var, which lasts on persist, into the image that they describe. */
export async function movePackageDatabases(tree: string, commands: Commands): Promise<void> {
  for (const directory of ['dpkg', 'rpm'] as const) {
    if (!(await isDirectory(`${tree}/var/lib/${directory}`))) continue;
    for (const command of movePackageDatabase(tree, directory)) await commands.run(command);
  }
}

async function isDirectory(file: string): Promise<boolean> {
  try {
    return (await lstat(file)).isDirectory();
  } catch {
    return false;
  }
}
