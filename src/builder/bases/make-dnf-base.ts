import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openScratch } from '../../host/open-scratch.ts';
import type { BuildPlan } from '../build/build-plan.ts';
import type { DnfBase } from '../definition/base-schema.ts';
import type { LockedDnfBase } from '../lock/lock-schema.ts';
import type { ToolVersions } from '../provenance/tool-versions.ts';
import { explainBaseFailures } from './base-failure.ts';
import { installDnfBase } from './dnf-base.ts';
import type { DnfRequest } from './dnf/dnf-request.ts';
import { fetchRpms } from './dnf/fetch-rpms.ts';
import { resolveDnf } from './dnf/resolve-dnf.ts';
import type { BaseHost, MadeBase } from './make-base.ts';
import type { ResolveRequest } from './resolve-base.ts';
import { type Ingredients, openRootCache, toolIngredients } from './root-cache.ts';

/** The exact packages that the definition's dnf base would install now, each by digest; kept where there is a cache. */
export async function resolveDnfBase(
  base: DnfBase,
  request: ResolveRequest & { readonly cacheDirectory?: string },
): Promise<LockedDnfBase> {
  const { cacheDirectory = tmpdir(), directory, commands, signal } = request;
  const { arch, packages } = request.definition;
  await using scratch = await openScratch(cacheDirectory);
  const dnfRequest: DnfRequest = {
    ...{ base, directory, commands, signal, arch, packages, epoch: 0 },
    ...{ workDirectory: scratch.path, output: path.join(scratch.path, 'base.tar') },
    ...(request.cacheDirectory === undefined ? {} : { packageCache: packagesIn(cacheDirectory) }),
  };
  return await explainBaseFailures({ subject: 'base dnf', signal }, async () => {
    return await resolveDnf(dnfRequest);
  });
}

interface DnfInputs {
  readonly base: DnfBase;
  readonly locked: LockedDnfBase;
  readonly tools: ToolVersions;
}

/** Fetched and installed; or taken from the cache when exactly that was installed before. */
export async function makeDnfBase(
  plan: BuildPlan,
  { base, locked, tools }: DnfInputs,
  host: BaseHost,
): Promise<MadeBase> {
  const { definition, cacheDirectory } = plan;
  const ingredients = dnfIngredients(locked, {
    ...{ epoch: plan.treeEpoch, tools },
    keys: await keyDigests(base, plan.directory),
  });
  const cache = openRootCache(cacheDirectory, `${definition.name}-${definition.arch}`);
  const cached = await cache.look(ingredients);
  if (cached.kind === 'hit') return { locked, tarFile: cached.file };
  const request = requestOf(plan, base, host);
  const packages = await host.step('fetch', async (report) => {
    return await fetchRpms(locked, {
      ...request,
      progress: ({ subject, doneBytes, totalBytes }) => report(subject, doneBytes / totalBytes),
    });
  });
  const tarFile = await host.step('install', async (report) => {
    report(`not in the cache: ${cached.because}`);
    const subject = { subject: 'base dnf', signal: host.signal };
    const warnings = await explainBaseFailures(subject, async () => {
      return await installDnfBase(packages, request);
    });
    for (const warning of warnings) report(warning);
    return await cache.keep(ingredients, request.output);
  });
  return { locked, tarFile };
}

function requestOf(plan: BuildPlan, base: DnfBase, host: BaseHost): DnfRequest {
  const { directory, workDirectory, treeEpoch: epoch, definition, files, cacheDirectory } = plan;
  const { arch, packages } = definition;
  const { commands, signal } = host;
  return {
    ...{ base, directory, workDirectory, epoch, arch, packages, output: files.baseTar },
    ...{ commands, signal, packageCache: packagesIn(cacheDirectory) },
  };
}

function packagesIn(cacheDirectory: string): string {
  return path.join(cacheDirectory, 'packages');
}

/** Raised when the way of installing changes what comes out. */
const RECIPE = 1;

/** Whose versions can change what comes out: provenance names those of today, and must be right. */
const INSTALLERS = ['dnf', 'rpm', 'tar'] as const;

/** The root file system holds the keys too, and a key that is not trusted any more must not be passed by. */
export function dnfIngredients(
  locked: LockedDnfBase,
  { epoch, keys, tools }: DnfCircumstances,
): Ingredients {
  // A kernel may be there in two versions.
  const byName = Object.groupBy(locked.packages, ({ name, arch }) => `${name}.${arch}`);
  const packages = Object.entries(byName).map(([name, ones = []]): [string, string] => [
    name,
    ones.map(({ version, sha256 }) => `${version} (${sha256.slice(0, 12)})`).join(', '),
  ]);
  return {
    ...Object.fromEntries(packages),
    keys,
    'kubeos recipe': RECIPE,
    'requested packages': locked.requested,
    release: locked.release,
    times: epoch,
    ...toolIngredients(INSTALLERS, tools),
  };
}

interface DnfCircumstances {
  readonly epoch: number;
  /** The repositories' keys, each by its id and digest. */
  readonly keys: readonly string[];
  readonly tools: ToolVersions;
}

async function keyDigests(base: DnfBase, directory: string): Promise<readonly string[]> {
  return await Promise.all(
    base.repositories.map(async ({ id, gpgKey }) => {
      const key = await readFile(path.resolve(directory, gpgKey));
      return `${id} ${createHash('sha256').update(key).digest('hex')}`;
    }),
  );
}
