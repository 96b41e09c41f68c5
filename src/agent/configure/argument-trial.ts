import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { NODE_ARGUMENTS_TRIES, type SlotArguments } from '../../disk/node-arguments.ts';
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
  const commandLine = (await readFile(path.join(files.proc, 'cmdline'), 'utf8')).split(/\s/);
  const end = commandLine.indexOf('kubeos.arguments=trial');
  if (end < 0) return null;
  const booted = commandLine.slice(0, end);
  const settle = async (left: SlotArguments['left']): Promise<void> => {
    await using boot = await open();
    const all = await boot.read();
    const found = all[boot.booted];
    if (isTried(found, booted)) await boot.write({ ...all, [boot.booted]: { ...found, left } });
  };
  return {
    isPending: async () => {
      await using boot = await open();
      return isTried((await boot.read())[boot.booted], booted);
    },
    accept: async () => await settle('ok'),
    drop: async () => await settle(0),
  };
}

/**
 * Whether these are what this boot tries. What was set since then has all its tries, GRUB has taken none off; and what a
 * transaction put back, that a power cut had ended, is other words.
 */
function isTried({ words, left }: SlotArguments, booted: readonly string[]): boolean {
  if (left === 'ok' || left >= NODE_ARGUMENTS_TRIES || words.length === 0) return false;
  return isDeepStrictEqual(booted.slice(-words.length), words);
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
      if ((await release.isOnTrial()) && !(await release.commit())) return false;
      await trial.accept();
      return true;
    },
    refuse: async () => await trial.drop(),
  };
}
