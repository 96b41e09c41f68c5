import path from 'node:path';
import type { BuildPlan } from '../build/build-plan.ts';
import { fetchLockedPackages } from '../lock/fetch-locked-packages.ts';
import type { LockedAptBase } from '../lock/lock-schema.ts';
import type { ToolVersions } from '../provenance/tool-versions.ts';
import { installAptBase } from './install-apt-base.ts';
import type { BaseHost, MadeBase } from './make-base.ts';
import { openRootCache, toolIngredients, type Ingredients } from './root-cache.ts';

/** Fetched and installed; or taken from the cache when exactly that was installed before. */
export async function makeAptBase(
  plan: BuildPlan,
  { locked, tools }: { readonly locked: LockedAptBase; readonly tools: ToolVersions },
  host: BaseHost,
): Promise<MadeBase> {
  const { commands, signal, step } = host;
  const { definition, cacheDirectory } = plan;
  const ingredients = aptIngredients(locked, { epoch: plan.treeEpoch, tools });
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
const RECIPE = 3;

/** Whose versions can change what comes out: provenance names those of today, and must be right. */
const INSTALLERS = ['apt-get', 'dpkg-deb', 'mmdebstrap', 'tar'] as const;

export function aptIngredients(
  locked: LockedAptBase,
  { epoch, tools }: { readonly epoch: number; readonly tools: ToolVersions },
): Ingredients {
  const packages = locked.packages.map(
    (one) => [`${one.name}:${one.arch}`, `${one.version} (${one.sha256.slice(0, 12)})`] as const,
  );
  return {
    ...Object.fromEntries(packages),
    'kubeos recipe': RECIPE,
    'requested packages': locked.requested,
    suite: locked.suite,
    times: epoch,
    ...toolIngredients(INSTALLERS, tools),
  };
}

const inMiB = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
