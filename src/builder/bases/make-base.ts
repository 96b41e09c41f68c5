import path from 'node:path';
import type { Commands } from '../../host/commands.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import type { StepRunner } from '../build/step.ts';
import type { AptBase } from '../definition/base-schema.ts';
import { fetchLockedPackages } from '../lock/fetch-locked-packages.ts';
import type { LockedAptBase, LockedBase } from '../lock/lock-schema.ts';
import { installAptBase } from './install-apt-base.ts';
import { resolveAptBase } from './resolve-base.ts';
import { openRootCache, type Ingredients } from './root-cache.ts';

export interface BaseHost {
  readonly commands: Commands;
  readonly signal: AbortSignal;
  readonly step: StepRunner;
}

export interface MadeBase {
  readonly locked: LockedBase;
  /** The root file system as a tar, in the cache. */
  readonly tarFile: string;
}

/** The root file system of the definition's base: resolved to digests, fetched, installed, or taken from the cache. */
export async function makeBase(plan: BuildPlan, host: BaseHost): Promise<MadeBase> {
  const { base } = plan.definition;
  if (base.type !== 'apt') throw new Error(`base ${base.type}`);
  return await makeAptBase(plan, base, host);
}

async function makeAptBase(plan: BuildPlan, base: AptBase, host: BaseHost): Promise<MadeBase> {
  const { commands, signal, step } = host;
  const { definition, directory, cacheDirectory } = plan;
  const locked = await step('resolve', async () =>
    plan.locked?.type === 'apt'
      ? plan.locked
      : await resolveAptBase(base, { definition, directory, commands }),
  );
  const ingredients = ingredientsOf(locked, plan);
  const cache = openRootCache(cacheDirectory, `${definition.name}-${definition.arch}`);
  const cached = await cache.look(ingredients);
  if (cached.kind === 'hit') return { locked, tarFile: cached.file };
  const packages = await step('fetch', async (report) => {
    return await fetchLockedPackages({
      base: locked,
      cacheDirectory: path.join(cacheDirectory, 'packages'),
      signal,
      progress: ({ subject, doneBytes, totalBytes }) =>
        report(
          `${inMiB(doneBytes)} of ${inMiB(totalBytes)} MiB: ${subject}`,
          doneBytes / totalBytes,
        ),
    });
  });
  const tarFile = await step('install', async (report) => {
    report(`not in the cache: ${cached.because}`);
    const output = plan.files.baseTar;
    const { arch } = definition;
    const { workDirectory, treeEpoch: epoch } = plan;
    await installAptBase({ base: locked, arch, packages, output, workDirectory, epoch, commands });
    return await cache.keep(ingredients, output);
  });
  return { locked, tarFile };
}

/** Raised when the way of installing changes what comes out. */
const RECIPE = 1;

function ingredientsOf(locked: LockedAptBase, plan: BuildPlan): Ingredients {
  const packages = locked.packages.map(
    (one) => [`${one.name}:${one.arch}`, `${one.version} (${one.sha256.slice(0, 12)})`] as const,
  );
  return {
    ...Object.fromEntries(packages),
    'kubeos recipe': RECIPE,
    'requested packages': locked.requested,
    suite: locked.suite,
    times: plan.treeEpoch,
  };
}

const inMiB = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
