import { KubeosError } from '../../errors.ts';
import type { DataFiles } from './data-files.ts';
import { dropKept, insideKept, keptListFile, writeKeptList } from './kept-data.ts';
import type { StateItem } from './state-rules.ts';

export type Direction = 'forward' | 'back';

/** Programs that the running image brings for its data. */
export interface MigrationHooks {
  /** From the epoch before to `epoch`, or back from there; null where there is none. */
  readonly find: (direction: Direction, epoch: number) => Promise<string | null>;
  /** @throws KubeosError COMMAND_FAILED */
  readonly run: (program: string, args: readonly string[]) => Promise<void>;
}

export interface CopyToMigrate {
  readonly files: DataFiles;
  readonly hooks: MigrationHooks;
  /** Data that was kept. It is not changed. */
  readonly from: string;
  /** Where the migrated data is made; whole only when this returns. */
  readonly work: string;
  readonly items: readonly StateItem[];
}

/**
 * Runs the hooks on a copy, an epoch after the other: each gets the directory that stands for `/`, and both epochs. Services'
 * data changes only afterwards, by rename.
 *
 * @throws KubeosError COMMAND_FAILED of a hook; HOST_NOT_READY where there is no copy; REFUSED where there is no way back
 */
export async function migrateCopy(
  { files, hooks, from, work, items }: CopyToMigrate,
  epochs: { readonly from: number; readonly to: number },
): Promise<void> {
  await dropKept(files, work);
  await files.copy(from, work);
  await files.remove(keptListFile(work));
  const root = insideKept(work, '/');
  await files.makeDirectory(root);
  for (const { direction, epoch } of stepsBetween(epochs)) {
    const program = await hooks.find(direction, epoch);
    if (program === null && direction === 'back') throw noWayBack(epoch);
    const [before, after] = direction === 'back' ? [epoch, epoch - 1] : [epoch - 1, epoch];
    if (program !== null) await hooks.run(program, [root, String(before), String(after)]);
  }
  await writeKeptList(files, { kept: work, items }, (place) => insideKept(work, place));
  await files.flushTree(work);
}

/** The epochs that are passed, in order. Pure. */
export function stepsBetween({ from, to }: { readonly from: number; readonly to: number }) {
  const count = Math.abs(to - from);
  return Array.from({ length: count }, (_, index) =>
    from < to
      ? ({ direction: 'forward', epoch: from + index + 1 } as const)
      : ({ direction: 'back', epoch: from - index } as const),
  );
}

export function noWayBack(epoch: number): KubeosError {
  const message = `there is no way back from data epoch ${epoch}: the running image brings no hook for it`;
  return new KubeosError('REFUSED', message, {
    hint: `an image with /usr/lib/kubeos/migrations/back/${epoch} can go back; or go to a newer release`,
  });
}
