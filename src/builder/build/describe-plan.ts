import type { BuildPlan } from './build-plan.ts';
import { checkCommands, installCommands, resolveCommands } from './dry-run/base-commands.ts';
import { diskCommands, outputCommands } from './dry-run/disk-commands.ts';
import { shellLine, type PlannedCommand } from './dry-run/planned-command.ts';
import { initramfsCommands, rootCommands, treeCommands } from './dry-run/root-commands.ts';
import { BUILD_STEPS, STEP_IDS, type StepId } from './step.ts';

export interface DescribedStep {
  readonly id: StepId;
  readonly title: string;
  /** What is done without an external command. */
  readonly notes: readonly string[];
  /** As one would type them. What only the build finds out stands in <>, and the case in which one is run behind a #. */
  readonly commands: readonly string[];
}

/** What a build would do, step by step, with its commands. */
export function describePlan(plan: BuildPlan): DescribedStep[] {
  const commands = planCommands(plan);
  const notes = notesOf(plan);
  return STEP_IDS.map((id) => ({
    id,
    title: BUILD_STEPS[id],
    notes: notes[id],
    commands: commands[id].map(shellLine),
  }));
}

/** The commands of each step, made by the same functions as when they are run. */
export function planCommands(plan: BuildPlan): Record<StepId, readonly PlannedCommand[]> {
  return {
    check: checkCommands(plan),
    resolve: resolveCommands(plan),
    fetch: [],
    install: installCommands(plan),
    tree: treeCommands(plan),
    initramfs: initramfsCommands(plan),
    root: rootCommands(plan),
    release: [],
    disk: diskCommands(plan),
    outputs: outputCommands(plan),
  };
}

/** For people and logs. */
export function renderPlan(steps: readonly DescribedStep[]): string {
  return steps
    .map(({ title, notes, commands }) => {
      const lines = [...notes.map((note) => `  # ${note}`), ...commands.map((line) => `  ${line}`)];
      return `${title}\n${lines.join('\n')}\n`;
    })
    .join('\n');
}

function notesOf(plan: BuildPlan): Record<StepId, readonly string[]> {
  const { cacheDirectory, workDirectory, definition, outputDirectory, agentFile } = plan;
  return {
    check: [
      'every command runs with LC_ALL=C.UTF-8, TZ=UTC, PATH, HOME and proxy settings of this host, and',
      `TMPDIR=${workDirectory}; versions of tools go into the provenance`,
    ],
    resolve: [resolveNote(plan)],
    fetch: [`into ${cacheDirectory}/packages, each checked by its SHA-256`],
    install: ['not done when the cache holds the same packages'],
    tree: [
      'accounts, identity, files and settings are written through a tar',
      ...(agentFile === null ? [] : [`the node agent is ${agentFile}`]),
    ],
    initramfs: ["written by kubeos itself from the tree's own programs and modules"],
    root: ['sizes follow the tree; where it does not fit, once more with more room'],
    release: ['image.zst in frames of 1 MiB, image.blocks, manifest.json, boot.cfg, boot.sum'],
    disk: partitionNotes(plan),
    outputs: [`${definition.outputs.join(', ')} into ${outputDirectory}`],
  };
}

function resolveNote({ definition, locked }: BuildPlan): string {
  if (locked !== null) return 'the lockfile says what goes in';
  return `base ${definition.base.type}: asked now, because there is no lockfile`;
}

function partitionNotes({ layout }: BuildPlan): string[] {
  const inMiB = (bytes: number): string => `${bytes / 2 ** 20} MiB`;
  return layout.partitions.map(
    ({ number, label, startBytes, sizeBytes }) =>
      `${number} ${label}: ${inMiB(sizeBytes)} at ${inMiB(startBytes)}`,
  );
}
