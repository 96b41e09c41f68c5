import type { DefinitionFault } from './definition-fault.ts';
import type { ImageDefinition } from './schema.ts';
import { checkTreeAccounts } from './checks/check-tree-accounts.ts';
import { checkTreeKernel } from './checks/check-tree-kernel.ts';
import { checkTreeUnits } from './checks/check-tree-units.ts';

/** What a root file system holds, as far as a definition refers to it. */
export interface TreeFacts {
  /** Of an absolute path inside the image, links followed. */
  readonly hasPath: (path: string) => boolean;
  /** File names of all systemd units, templates as `name@.service`. */
  readonly units: ReadonlySet<string>;
  /** Versions that have both a kernel and modules. */
  readonly kernels: readonly string[];
  /** Names without .ko, of the kernel that boots, built-in ones included; `-` and `_` are alike. */
  readonly modules: ReadonlySet<string>;
  /** Of the base, name to uid. */
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlySet<string>;
}

/** What the definition names and the built tree does not hold. */
export function checkTree(definition: ImageDefinition, facts: TreeFacts): DefinitionFault[] {
  return [checkTreeKernel, checkTreeUnits, checkTreeAccounts].flatMap((check) =>
    check(definition, facts),
  );
}
