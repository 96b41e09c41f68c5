import path from 'node:path';
import { z } from 'zod';
import { planBuild, type BuildPlan } from '../builder/build/build-plan.ts';
import { sourceDateEpoch } from '../builder/build/source-date-epoch.ts';
import { workDirectoryOf } from '../builder/build/work-directory.ts';
import { loadDefinition } from '../builder/definition/load-definition.ts';
import { assertLockFits } from '../builder/lock/assert-lock-fits.ts';
import { loadLockFile, lockPathOf, type LockFile } from '../builder/lock/lock-file.ts';
import { namedFiles } from '../builder/provenance/named-files.ts';
import { KubeosError } from '../errors.ts';
import { CACHE_FOLDER } from '../host/cache-folder.ts';
import type { Commands } from '../host/commands.ts';
import { agentOf } from './agent-of.ts';
import { ownDigest } from './own-digest.ts';
import { VERSION } from './version.ts';

/** The arguments that decide what is built; other commands of the builder take them too. */
export const planArguments = {
  definition: z.string(),
  out: z.string().default('out'),
  set: z.array(z.string()).default([]),
  locked: z.boolean().default(false),
  agent: z.string().optional(),
  cacheDirectory: z.string().default(CACHE_FOLDER),
  dryRun: z.boolean().default(false),
};

const schema = z.object(planArguments);
type PlanArguments = Omit<z.infer<typeof schema>, 'dryRun'> & { readonly dryRun?: boolean };

/** Definition, lockfile and environment, read and checked, as a plan; the agent that goes in is there. */
export async function loadBuildPlan(
  options: PlanArguments,
  commands: Commands,
): Promise<BuildPlan> {
  const loaded = await loadDefinition({ file: options.definition, overrides: options.set });
  const lockFile = await loadLockFile(loaded.file);
  if (lockFile !== null) assertLockFits(lockFile.lock, loaded.definition);
  else if (options.locked) throw lockMissing(loaded.file);
  const outputDirectory = path.resolve(options.out);
  const { definition, directory } = loaded;
  const { cacheDirectory, agent: asked, dryRun: isDryRun = false } = options;
  const agent = await agentOf({ asked, definition, cacheDirectory, isDryRun, commands });
  return planBuild({
    ...{
      definition,
      directory,
      outputDirectory,
      kubeosVersion: VERSION,
      kubeosDigest: await ownDigest(),
      locate: loaded.locate,
    },
    agentFile: agent.file,
    inputs: [
      ...loaded.sources.map(({ file, sha256 }) => ({
        name: path.relative(directory, path.resolve(file)),
        sha256,
      })),
      ...(await namedFiles(definition, directory)),
      ...agent.inputs,
    ],
    overrides: overridesOf(options.set),
    cacheDirectory: path.resolve(cacheDirectory),
    workDirectory: workDirectoryOf(outputDirectory),
    epoch: await epochOf(loaded.file, lockFile),
    locked: lockFile?.lock.base ?? null,
    lockSha256: lockFile?.sha256 ?? null,
  });
}

async function epochOf(file: string, lockFile: LockFile | null): Promise<number> {
  const isGiven = (process.env['SOURCE_DATE_EPOCH'] ?? '') !== '';
  if (lockFile !== null && !isGiven) return lockFile.lock.sourceDateEpoch;
  return await sourceDateEpoch(file, process.env);
}

function lockMissing(definitionFile: string): KubeosError {
  const lock = path.relative(process.cwd(), lockPathOf(definitionFile));
  return new KubeosError('LOCK_MISMATCH', `--locked was given, but there is no ${lock}`, {
    hint: 'run `kubeos lock` and commit the file',
  });
}

/** Checked with the definition: each has its "=". */
function overridesOf(set: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    set.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
}
