import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import { holdLock } from '../../host/hold-lock.ts';
import { assertOwn } from '../outputs/place-artifacts.ts';
import { removeTree } from '../tree/tree-commands.ts';

const NAME = '.kubeos-work';

/** The private folder of the build that writes to this output folder. */
export function workDirectoryOf(outputDirectory: string): string {
  return path.join(outputDirectory, NAME);
}

export interface WorkDirectory extends AsyncDisposable {
  readonly path: string;
}

/**
 * Makes the private folder of a build and removes what builds that were killed left beside it. One build at a time
 * works in an output folder, and holds a lock on it: so all that is found there is a dead build's.
 *
 * @param cleaning commands that run to their end even when the build was stopped
 * @throws KubeosError USAGE while another build works there, or where the folder has others' files of the names that it writes
 */
export async function openWorkDirectory(
  directory: string,
  cleaning: Commands,
): Promise<WorkDirectory> {
  const parent = path.dirname(directory);
  await mkdir(parent, { recursive: true });
  await using opened = new AsyncDisposableStack();
  const lock = await holdLock(parent);
  if (lock === undefined) throw isTaken(parent);
  opened.use(lock);
  const remove = async (name: string): Promise<void> => {
    await cleaning.run(removeTree(path.join(parent, name)));
  };
  const found = await readdir(parent);
  assertOwn(parent, found);
  for (const name of found) {
    if (name.startsWith(NAME)) await remove(name);
  }
  await mkdir(directory);
  opened.defer(async () => await remove(path.basename(directory)));
  const whole = opened.move();
  return { path: directory, [Symbol.asyncDispose]: async () => await whole.disposeAsync() };
}

function isTaken(directory: string): KubeosError {
  return new KubeosError('USAGE', `another build is writing to ${directory}`, {
    hint: 'wait until it has ended, or choose another folder with --out',
  });
}
