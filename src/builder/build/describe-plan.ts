import { mkfsFat32, mkfsPersistExt4, mkfsRootExt4 } from '../../disk/mkfs.ts';
import { partitionOf } from '../../disk/layout.ts';
import { sgdiskCommand } from '../../disk/sgdisk.ts';
import { uuidOf } from '../../disk/uuid.ts';
import type { Command } from '../../host/commands.ts';
import { commandLine } from '../../host/run-commands.ts';
import { inNamespace } from '../../host/in-namespace.ts';
import { mmdebstrapCommand } from '../bases/mmdebstrap.ts';
import { grubImageCommand } from '../grub/grub-image.ts';
import { clampTimes, extractTree, unitCommands, unpackModules } from '../tree/tree-commands.ts';
import type { BuildPlan } from './build-plan.ts';
import { BUILD_STEPS, type StepId } from './step.ts';

export interface DescribedStep {
  readonly id: StepId;
  readonly title: string;
  /** What is done without an external command, or is only known while the build runs. */
  readonly notes: readonly string[];
  readonly commands: readonly string[];
}

/** What a build would do, step by step, with its commands. What only the build finds out stands in <>. */
export function describePlan(plan: BuildPlan): DescribedStep[] {
  return [
    describe('resolve', [resolveNote(plan)]),
    describe('fetch', [`into ${plan.cacheDirectory}/packages, each checked by its SHA-256`]),
    describe('install', ['not done when the cache holds the same packages'], installCommands(plan)),
    describe(
      'tree',
      ['accounts, identity, files and settings are written through a tar'],
      treeCommands(plan),
    ),
    describe('initramfs', ["written by kubeos itself from the tree's own programs and modules"]),
    describe('root', ['sizes follow the tree'], rootCommands(plan)),
    describe('release', [
      'image.zst in frames of 1 MiB, image.blocks, manifest.json, boot.cfg, boot.sum',
    ]),
    describe('disk', diskNotes(plan), diskCommands(plan)),
    describe('outputs', [`${plan.definition.outputs.join(', ')} into ${plan.outputDirectory}`]),
  ];
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

function describe(
  id: StepId,
  notes: readonly string[],
  commands: readonly Command[] = [],
): DescribedStep {
  return { id, title: BUILD_STEPS[id], notes, commands: commands.map(commandLine) };
}

function resolveNote({ definition, locked }: BuildPlan): string {
  if (locked !== null) return 'the lockfile says what goes in';
  return `base ${definition.base.type}: asked now, because there is no lockfile`;
}

function installCommands({ definition, files, treeEpoch, workDirectory }: BuildPlan): Command[] {
  const { base, arch, packages } = definition;
  if (base.type !== 'apt') return [];
  return [
    mmdebstrapCommand({
      ...{ suite: base.suite, arch, packages, output: files.baseTar, epoch: treeEpoch },
      ...{
        temporaryDirectory: `${workDirectory}/install`,
        isInMemory: true,
        sourcesList: `${workDirectory}/sources.list`,
      },
    }),
  ];
}

function treeCommands({ files, definition, treeEpoch }: BuildPlan): Command[] {
  return [
    extractTree('<root file system>.tar', files.tree),
    ...unitCommands(files.tree, definition.units),
    ...unpackModules(files.tree, '<kernel version>'),
    clampTimes(files.tree, treeEpoch),
  ];
}

function rootCommands({ files, seed, treeEpoch, definition }: BuildPlan): Command[] {
  const { fileSystem, verity } = definition.root;
  const request = {
    image: files.rootImage,
    label: 'KUBEOS-ROOT',
    epoch: treeEpoch,
    sizeBytes: 0,
    inodes: 0,
  };
  const ext4 = mkfsRootExt4({ ...request, uuid: uuidOf(seed, 'root/ext4') }, files.tree);
  const withSizes = ext4.args.map((arg) => (arg === '0' || arg === '0k' ? '<size>' : arg));
  return [
    ...(fileSystem === 'ext4' ? [inNamespace({ ...ext4, args: withSizes })] : []),
    ...(verity
      ? [{ tool: 'veritysetup', args: ['format', '<options>', files.rootImage, files.rootImage] }]
      : []),
  ];
}

function diskNotes({ layout }: BuildPlan): string[] {
  const inMiB = (bytes: number): string => `${bytes / 2 ** 20} MiB`;
  return layout.partitions.map(
    ({ number, label, startBytes, sizeBytes }) =>
      `${number} ${label}: ${inMiB(sizeBytes)} at ${inMiB(startBytes)}`,
  );
}

function diskCommands({ layout, files, seed, epoch, definition }: BuildPlan): Command[] {
  const persist = partitionOf(layout, 'persist');
  const { arch, firmware } = definition;
  return [
    sgdiskCommand(layout, files.disk),
    ...firmware.map((kind) =>
      grubImageCommand({
        firmware: kind,
        arch,
        memdisk: '<grub.cfg>.tar',
        output: `grub-${kind}.img`,
      }),
    ),
    mkfsFat32(files.bootImage, 'BOOT', uuidOf(seed, 'boot/fat').slice(0, 8)),
    mkfsPersistExt4(
      {
        image: files.disk,
        label: persist.label,
        uuid: uuidOf(seed, 'persist/ext4'),
        sizeBytes: persist.sizeBytes,
        epoch,
      },
      persist.startBytes,
    ),
  ];
}
