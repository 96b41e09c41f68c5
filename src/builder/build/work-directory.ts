import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Commands } from '../../host/commands.ts';
import { removeTree } from '../tree/tree-commands.ts';

const PREFIX = '.kubeos-work-';

/** The folder of one build, named by its process so that a later one can tell a dead build's from a living one's. */
export function workDirectoryOf(outputDirectory: string, pid: number): string {
  return path.join(outputDirectory, `${PREFIX}${pid}`);
}

export interface WorkDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes the private folder of a build and removes what builds that were killed left beside it.
 *
 * @param cleaning commands that run to their end even when the build was stopped
 */
export async function openWorkDirectory(
  directory: string,
  cleaning: Commands,
): Promise<WorkDirectory> {
  const parent = path.dirname(directory);
  await mkdir(parent, { recursive: true });
  for (const name of await readdir(parent)) {
    if (isLeftOver(name)) await cleaning.run(removeTree(path.join(parent, name)));
  }
  await mkdir(directory);
  return {
    path: directory,
    [Symbol.asyncDispose]: async () => {
      await cleaning.run(removeTree(directory));
    },
  };
}

function isLeftOver(name: string): boolean {
  const pid = Number(name.slice(PREFIX.length));
  return name.startsWith(PREFIX) && Number.isSafeInteger(pid) && pid > 0 && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
