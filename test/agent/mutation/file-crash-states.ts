import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FileStep } from './record-file-steps.ts';

/** What a power cut may leave of steps that were made on ext4. */
export interface FileCrashState {
  readonly name: string;
  /** Makes it in a directory that is as it was before. */
  readonly make: (directory: string) => Promise<void>;
}

/**
 * ext4 keeps names in a journal: after a cut some of the last changes of names are missing, in order, and a sync of anything
 * brings all before it to the disk. Bytes of a file that was not synced may be missing or cut short while its name is there
 * (delayed allocation), and the more so for each file by itself.
 */
export function* fileCrashStates(steps: readonly FileStep[]): Generator<FileCrashState> {
  for (let count = 0; count <= steps.length; count += 1) {
    const done = steps.slice(0, count);
    const certain = done.findLastIndex(({ kind }) => kind === 'sync') + 1;
    for (let named = certain; named <= count; named += 1) {
      for (const lost of lossesOf(done.slice(0, named))) {
        const name = `after ${count} of ${steps.length} steps, ${named} of them named, ${lost.name}`;
        yield {
          name,
          make: async (directory) => await replay(directory, done.slice(0, named), lost),
        };
      }
    }
  }
}

interface Loss {
  readonly name: string;
  /** Bytes that are left of what was written there. */
  readonly left: (path: string, length: number) => number;
}

function* lossesOf(steps: readonly FileStep[]): Generator<Loss> {
  const synced = new Set(steps.flatMap((step) => (step.kind === 'sync' ? [step.path] : [])));
  const files = steps.flatMap((step) => (step.kind === 'write' ? [step.path] : []));
  const unsynced = [...new Set(files.filter((file) => !synced.has(file)))];
  yield { name: 'no bytes lost', left: (_, length) => length };
  for (const file of unsynced) {
    for (const share of [0, 0.5]) {
      yield {
        name: `${file} cut to ${share}`,
        left: (written, length) => (written === file ? Math.floor(length * share) : length),
      };
    }
  }
}

async function replay(
  directory: string,
  steps: readonly FileStep[],
  { left }: Loss,
): Promise<void> {
  for (const step of steps) {
    const place = path.join(directory, step.path);
    if (step.kind === 'mkdir') await mkdir(place, { recursive: true });
    else if (step.kind === 'remove') await rm(place, { recursive: true, force: true });
    else if (step.kind === 'symlink') await symlink(step.target, place);
    else if (step.kind === 'rename') await rename(path.join(directory, step.from), place);
    else if (step.kind === 'write') {
      await writeFile(place, step.bytes.subarray(0, left(step.path, step.bytes.length)));
    }
  }
}
