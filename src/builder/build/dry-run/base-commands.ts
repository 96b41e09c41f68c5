import path from 'node:path';
import type { Command } from '../../../host/commands.ts';
import { isForeign } from '../../../host/foreign-programs.ts';
import { directoryTar, ID_MAPS, packDirectory, readIdMap } from '../../bases/directory-base.ts';
import { mmdebstrapCommand } from '../../bases/mmdebstrap.ts';
import { unpackedFile, unpackXzCommand } from '../../bases/open-tar-file.ts';
import { namespaceProbe } from '../../host-check/check-host.ts';
import { foreignProbe } from '../../host-check/observe-foreign-programs.ts';
import { requirementsOf } from '../../host-check/required-tools.ts';
import { compareText } from '../../inventory/compare-text.ts';
import { controlsCommand } from '../../lock/local-repository.ts';
import { resolveAptCommands } from '../../lock/resolve-apt.ts';
import { versionedToolsOf } from '../../provenance/describe-build.ts';
import { versionCommand } from '../../provenance/tool-versions.ts';
import type { BuildPlan } from '../build-plan.ts';
import { installDnfCommands, resolveDnfCommands } from './dnf-commands.ts';
import { onlyWhen, type PlannedCommand } from './planned-command.ts';

export function checkCommands(plan: BuildPlan): PlannedCommand[] {
  const { programsOf } = requirementsOf(plan.definition);
  const runsForeign = programsOf !== null && isForeign(programsOf);
  return [
    namespaceProbe(),
    ...(runsForeign ? [foreignProbe(programsOf, '<scratch>')] : []),
    ...versionedToolsOf(plan).map(versionCommand),
  ];
}

/** Nothing is asked where there is a lockfile, or where the base is one thing that is read. */
export function resolveCommands(plan: BuildPlan): PlannedCommand[] {
  const { base, packages } = plan.definition;
  if (plan.locked !== null) return [];
  if (base.type === 'dnf') return resolveDnfCommands(plan, base);
  if (base.type !== 'apt') return [];
  const { suite } = base;
  return Object.values(resolveAptCommands({ directory: '<scratch>', suite, packages }));
}

export function installCommands(plan: BuildPlan): PlannedCommand[] {
  const { base } = plan.definition;
  switch (base.type) {
    case 'apt':
      return installAptCommands(plan, base.suite);
    case 'dnf':
      return installDnfCommands(plan, base);
    case 'oci':
    case 'tar':
      return onlyWhen('where the archive is packed with xz', [
        unpackXzCommand(unpackedFile(plan.workDirectory)),
      ]);
    case 'directory':
      return readDirectoryCommands(plan, path.resolve(plan.directory, base.path));
    default:
      return base satisfies never;
  }
}

function installAptCommands(plan: BuildPlan, suite: string): PlannedCommand[] {
  const { definition, files, workDirectory, treeEpoch: epoch } = plan;
  const packages = definition.packages.toSorted(compareText);
  const request = { suite, packages, workDirectory, epoch };
  const { arch } = definition;
  const install = (isInMemory: boolean): Command =>
    mmdebstrapCommand({ ...request, arch, output: files.baseTar, isInMemory });
  return [
    controlsCommand(['<package files …>']),
    ...onlyWhen('where memory is plenty', [install(true)]),
    ...onlyWhen('where it is not', [install(false)]),
  ];
}

function readDirectoryCommands({ workDirectory }: BuildPlan, directory: string): PlannedCommand[] {
  const file = directoryTar(workDirectory);
  return [
    ...onlyWhen('where not all of it is ours', [readIdMap(ID_MAPS.uids), readIdMap(ID_MAPS.gids)]),
    ...onlyWhen('where we may not read all', [packDirectory(directory, file, 'inside')]),
    ...onlyWhen('where we may', [packDirectory(directory, file, 'asSeen')]),
  ];
}
