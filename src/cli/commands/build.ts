import { writeFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { BuildPlan } from '../../builder/build/build-plan.ts';
import { describePlan, renderPlan } from '../../builder/build/describe-plan.ts';
import { runBuild, type BuildResult } from '../../builder/build/run-build.ts';
import { openWorkDirectory } from '../../builder/build/work-directory.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { loadBuildPlan, planArguments } from '../load-build-plan.ts';
import { outputMode, showSteps, type OutputMode } from '../show-steps.ts';

const argumentsSchema = z.object({
  ...planArguments,
  dryRun: z.boolean().default(false),
  json: z.boolean(),
  quiet: z.boolean(),
});

/** `kubeos build`: definition in, artifacts and their result out. */
export const runBuildCommand: CommandRun = async (args, context) => {
  const options = argumentsSchema.parse(args);
  const plan = await loadBuildPlan(options);
  if (options.dryRun) {
    const steps = describePlan(plan);
    const asPlan = { apiVersion: 'cli.kubeos/v1', kind: 'BuildPlan', steps };
    context.stdout.write(options.json ? `${JSON.stringify(asPlan)}\n` : renderPlan(steps));
    return 0;
  }
  const result = await build(plan, outputMode(options, context), context);
  context.stdout.write(options.json ? asJson(plan, result) : asText(plan, result));
  return 0;
};

async function build(plan: BuildPlan, mode: OutputMode, context: CliContext): Promise<BuildResult> {
  const logFile = path.join(plan.outputDirectory, 'build.log');
  const { signal } = context;
  const cleaning = hostCommands({ signal: new AbortController().signal });
  await mkdir(plan.outputDirectory, { recursive: true });
  await writeFile(logFile, '');
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await openWorkDirectory(plan.workDirectory, cleaning));
  const commands = hostCommands({ signal, logFile });
  return await showSteps(mode, async (step) => await runBuild(plan, { commands, signal, step }));
}

function asJson(plan: BuildPlan, { release, artifacts, kernelVersion }: BuildResult): string {
  const { name, version, arch } = release.manifest;
  const image = { name, version, arch, digest: release.digest, kernelVersion };
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'BuildResult', ...image };
  return `${JSON.stringify({ ...result, directory: plan.outputDirectory, artifacts })}\n`;
}

function asText(plan: BuildPlan, { release, artifacts }: BuildResult): string {
  const { name, version } = release.manifest;
  const folder = path.relative(process.cwd(), plan.outputDirectory) || '.';
  const files = artifacts.map((file) => `  ${folder}/${file}\n`).join('');
  return `${name} ${version}  ${release.digest}\n${files}`;
}
