import { isForeign } from '../../../host/foreign-programs.ts';
import { keyringOf } from '../../bases/dnf/check-signatures.ts';
import {
  type DnfCall,
  checkSignaturesCommands,
  downloadCommand,
  importKeyCommand,
  installCommand,
  listCommand,
  listInstalledCommand,
  removeRootCommand,
  tarCommand,
} from '../../bases/dnf/dnf-commands.ts';
import { dnfPlaces, keyFile, settingsPlaces } from '../../bases/dnf/dnf-places.ts';
import type { DnfBase } from '../../definition/base-schema.ts';
import { foreignProbe } from '../../host-check/observe-foreign-programs.ts';
import type { BuildPlan } from '../build-plan.ts';
import type { PlannedCommand } from './planned-command.ts';

const SCRATCH = '<scratch>';
const { keys, ...SETTINGS } = settingsPlaces(SCRATCH);

export function resolveDnfCommands(plan: BuildPlan, base: DnfBase): PlannedCommand[] {
  const { resolveRoot: root, downloads } = dnfPlaces(SCRATCH);
  const call = callOf(plan, base, { root, epoch: 0 });
  return [
    downloadCommand(call, downloads),
    listCommand(call),
    ...checkCommands(base, SCRATCH),
    removeRootCommand(root),
  ];
}

export function installDnfCommands(plan: BuildPlan, base: DnfBase): PlannedCommand[] {
  const { workDirectory, treeEpoch: epoch } = plan;
  const { arch } = plan.definition;
  const { root, rootTar, packages } = dnfPlaces(workDirectory);
  const call = callOf(plan, base, { root, epoch });
  return [
    ...checkCommands(base, workDirectory),
    ...(isForeign(arch) ? [foreignProbe(arch, SCRATCH)] : []),
    ...base.repositories.map(({ id }) => importKeyCommand(call, keyFile(keys, id))),
    installCommand(call, [`<package files in ${packages} …>`]),
    listInstalledCommand(call),
    tarCommand(root, rootTar),
    removeRootCommand(root),
  ];
}

function callOf(
  { definition }: BuildPlan,
  base: DnfBase,
  where: { readonly root: string; readonly epoch: number },
): DnfCall {
  const { arch, packages } = definition;
  const { root, epoch } = where;
  return { request: { base, arch, packages, epoch }, settings: SETTINGS, root };
}

function checkCommands(base: DnfBase, workDirectory: string): PlannedCommand[] {
  return base.repositories.flatMap(({ id }) => {
    const keyring = keyringOf(workDirectory, id);
    return checkSignaturesCommands(keyring, keyFile(keys, id), [`<package files of ${id} …>`]);
  });
}
