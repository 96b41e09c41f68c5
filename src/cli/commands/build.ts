import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { planBuild, type BuildPlan } from '../../builder/build/build-plan.ts';
import { runBuild, type BuildResult } from '../../builder/build/run-build.ts';
import { sourceDateEpoch } from '../../builder/build/source-date-epoch.ts';
import { openWorkDirectory, workDirectoryOf } from '../../builder/build/work-directory.ts';
import { loadDefinition } from '../../builder/definition/load-definition.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CommandRun } from '../command-spec.ts';
import { outputMode, showSteps } from '../show-steps.ts';

const argumentsSchema = z.object({
  definition: z.string(),
  out: z.string(),
  set: z.array(z.string()).default([]),
  cacheDirectory: z.string().default(path.join(homedir(), '.cache/kubeos')),
  json: z.boolean(),
  quiet: z.boolean(),
});

/** `kubeos build`: definition in, artifacts and their result out. */
export const runBuildCommand: CommandRun = async (args, context) => {
  const options = argumentsSchema.parse(args);
  const loaded = await loadDefinition({ file: options.definition, overrides: options.set });
  const outputDirectory = path.resolve(options.out);
  const plan = planBuild({
    definition: loaded.definition,
    directory: loaded.directory,
    outputDirectory,
    cacheDirectory: path.resolve(options.cacheDirectory),
    workDirectory: workDirectoryOf(outputDirectory, process.pid),
    locked: null,
    epoch: await sourceDateEpoch(loaded.file, process.env),
  });
  const { signal } = context;
  const cleaning = hostCommands({ signal: new AbortController().signal });
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await openWorkDirectory(plan.workDirectory, cleaning));
  const commands = hostCommands({ signal, logFile: path.join(outputDirectory, 'build.log') });
  const result = await showSteps(
    outputMode(options, context),
    async (step) => await runBuild(plan, { commands, signal, step }),
  );
  context.stdout.write(options.json ? asJson(plan, result) : asText(plan, result));
  return 0;
};

function asJson(plan: BuildPlan, { release, artifacts, kernelVersion }: BuildResult): string {
  const { name, version, arch } = release.manifest;
  const image = { name, version, arch, digest: release.digest, kernelVersion };
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'BuildResult', ...image };
  return `${JSON.stringify({ ...result, directory: plan.outputDirectory, artifacts })}\n`;
}

function asText(plan: BuildPlan, { release, artifacts }: BuildResult): string {
  const { name, version } = release.manifest;
  const folder = path.relative(process.cwd(), plan.outputDirectory) || '.';
  return `${name} ${version}  ${release.digest}\n${artifacts.map((file) => `  ${folder}/${file}\n`).join('')}`;
}
