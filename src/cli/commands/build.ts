import { rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { BuildPlan } from '../../builder/build/build-plan.ts';
import { describePlan, renderPlan } from '../../builder/build/describe-plan.ts';
import { runBuild, type BuildResult } from '../../builder/build/run-build.ts';
import { openWorkDirectory } from '../../builder/build/work-directory.ts';
import { hostCommands } from '../../host/run-commands.ts';
import type { CliContext, CommandRun } from '../command-spec.ts';
import { loadBuildPlan, planArguments } from '../load-build-plan.ts';
import { readArguments } from '../read-arguments.ts';
import { outputMode, type OutputMode } from '../output-mode.ts';
import { showSteps } from '../show-steps.ts';

const argumentsSchema = z.object({
  ...planArguments,
  json: z.boolean(),
  quiet: z.boolean(),
});

const LOG_FILE = 'build.log';

/** `kubeos build`: definition in, artifacts and their result out. */
export const runBuildCommand: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const plan = await loadBuildPlan(options, hostCommands({ signal: context.signal }));
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
  const logFile = path.join(plan.workDirectory, LOG_FILE);
  const { signal } = context;
  const cleaning = hostCommands({ signal: new AbortController().signal });
  await using cleanup = new AsyncDisposableStack();
  cleanup.use(await openWorkDirectory(plan.workDirectory, cleaning));
  await writeFile(logFile, '');
  let isKept = true;
  cleanup.defer(async () => {
    if (isKept) await rename(logFile, path.join(plan.outputDirectory, LOG_FILE));
  });
  // What a tool that is killed leaves in its TMPDIR goes with the folder.
  const commands = hostCommands({ signal, logFile, temporaryDirectory: plan.workDirectory });
  const result = await showSteps(mode, async (step) => {
    return await runBuild(plan, { commands, signal, step });
  });
  // The log beside the artifacts is of the build that made them.
  isKept = result.kind === 'built';
  return result;
}

function asJson(plan: BuildPlan, { kind, summary }: BuildResult): string {
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'BuildResult', state: kind, ...summary };
  return `${JSON.stringify({ ...result, directory: plan.outputDirectory })}\n`;
}

function asText(plan: BuildPlan, { kind, summary }: BuildResult): string {
  const { name, version, digest, artifacts } = summary;
  const folder = path.relative(process.cwd(), plan.outputDirectory) || '.';
  const files = artifacts.map((file) => `  ${folder}/${file}\n`).join('');
  const state = kind === 'up-to-date' ? '  (up to date: nothing that goes in has changed)' : '';
  return `${name} ${version}  ${digest}${state}\n${files}`;
}
