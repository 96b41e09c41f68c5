import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { planBuild } from '../../builder/build/build-plan.ts';
import { publishArtifacts } from '../../builder/build/publish-artifacts.ts';
import { runBuild } from '../../builder/build/run-build.ts';
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
  await using work = await openWorkDirectory(plan.workDirectory, cleaning);
  const commands = hostCommands({ signal, logFile: path.join(outputDirectory, 'build.log') });
  const result = await showSteps(outputMode(options, context), async (step) => {
    const built = await runBuild(plan, { commands, signal, step });
    await step('outputs', async () => await publishArtifacts(plan, built, work.path));
    return built;
  });
  context.stdout.write(
    options.json
      ? `${JSON.stringify({ apiVersion: 'cli.kubeos/v1', kind: 'BuildResult', digest: result.release.digest, out: outputDirectory })}\n`
      : `${result.release.digest}  ${path.relative(process.cwd(), path.join(outputDirectory, 'disk.raw'))}\n`,
  );
  return 0;
};
