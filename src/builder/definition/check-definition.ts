import type { CheckableDefinition } from './checkable-definition.ts';
import { checkAccounts } from './checks/check-accounts.ts';
import { checkConfiguration } from './checks/check-configuration.ts';
import { checkDisk } from './checks/check-disk.ts';
import { checkEtc } from './checks/check-etc.ts';
import { checkFiles } from './checks/check-files.ts';
import { checkImage } from './checks/check-image.ts';
import { checkKernelArguments } from './checks/check-kernel-arguments.ts';
import { checkPackages } from './checks/check-packages.ts';
import { checkPersist } from './checks/check-persist.ts';
import { checkRelease } from './checks/check-release.ts';
import { checkRepositories } from './checks/check-repositories.ts';
import { checkState } from './checks/check-state.ts';
import { checkSysctl } from './checks/check-sysctl.ts';
import { checkUnits } from './checks/check-units.ts';
import type { DefinitionFault } from './definition-fault.ts';

/** What is well-formed but cannot be meant. Looks at the definition alone; see check-tree for the built tree. */
export function checkDefinition(definition: CheckableDefinition): DefinitionFault[] {
  return [
    checkImage,
    checkRelease,
    checkPackages,
    checkRepositories,
    checkFiles,
    checkAccounts,
    checkUnits,
    checkEtc,
    checkConfiguration,
    checkSysctl,
    checkKernelArguments,
    checkDisk,
    checkPersist,
    checkState,
  ].flatMap((check) => check(definition));
}
