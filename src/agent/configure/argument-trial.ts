import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SlotArguments } from '../../disk/node-arguments.ts';
import type { KernelFiles } from '../node/find-node-disk.ts';
import type { TrialContext } from '../health/pass-trial.ts';
import { openBootArguments, type BootArguments } from './boot-arguments.ts';

/** A boot with kernel arguments of this node of which it is not known yet whether they are good. */
export interface ArgumentTrial {
  readonly isPending: () => Promise<boolean>;
  /** They stay. */
  readonly accept: () => Promise<void>;
  /** The next boot is without them. */
  readonly drop: () => Promise<void>;
}

/** Null for a boot without: GRUB says it on the command line of the kernel. */
export async function findArgumentTrial(
  files: KernelFiles,
  open: () => Promise<BootArguments & AsyncDisposable> = async () => await openBootArguments(files),
): Promise<ArgumentTrial | null> {
  const commandLine = await readFile(path.join(files.proc, 'cmdline'), 'utf8');
  if (!commandLine.split(/\s/).includes('kubeos.arguments=trial')) return null;
  const settle = async (left: SlotArguments['left']): Promise<void> => {
    await using boot = await open();
    const { booted } = boot;
    const found = await boot.read();
    await boot.write({ ...found, [booted]: { ...found[booted], left } });
  };
  return {
    isPending: async () => {
      await using boot = await open();
      return (await boot.read())[boot.booted].left !== 'ok';
    },
    accept: async () => await settle('ok'),
    drop: async () => await settle(0),
  };
}

type Verdicts = Pick<TrialContext, 'isOnTrial' | 'commit' | 'refuse'>;

/**
 * A trial of arguments, and of the release where that is on trial too. Of a boot that is not well the arguments are blamed
 * first: the release has a try without them.
 */
export function withArguments(trial: ArgumentTrial | null, release: Verdicts): Verdicts {
  if (trial === null) return release;
  return {
    isOnTrial: async () => (await release.isOnTrial()) || (await trial.isPending()),
    commit: async () => {
      if (await release.isOnTrial()) await release.commit();
      await trial.accept();
    },
    refuse: async () => await trial.drop(),
  };
}
