import type { TreeFacts } from '../check-tree.ts';
import { closestWord } from '../closest-word.ts';
import type { DefinitionFault } from '../definition-fault.ts';
import { quoted } from '../describe-value.ts';
import type { ImageDefinition } from '../schema.ts';

/** Exactly one kernel, and the modules that the definition loads. */
export function checkTreeKernel(
  { base, modules }: ImageDefinition,
  facts: TreeFacts,
): DefinitionFault[] {
  const isInstalled = base.type === 'apt' || base.type === 'dnf';
  const path = isInstalled ? ['packages'] : ['base'];
  const [kernel, ...others] = facts.kernels;
  if (kernel === undefined) {
    const message = 'the root file system has no kernel with its modules';
    const expected =
      'a kernel as /boot/vmlinuz-VERSION and its modules in /usr/lib/modules/VERSION';
    const suggestion = isInstalled ? 'add a package that brings one' : 'install one in the base';
    return [{ path, at: 'key', message, expected, suggestion }];
  }
  if (others.length > 0) {
    const message = `the root file system has ${facts.kernels.length} kernels: ${facts.kernels.join(', ')}`;
    const suggestion = 'keep the one that is to boot, and remove the packages of the others';
    return [{ path, at: 'key', message, expected: 'exactly one', suggestion }];
  }
  return moduleFaults(modules, facts, kernel);
}

function moduleFaults(
  modules: readonly string[],
  facts: TreeFacts,
  kernel: string,
): DefinitionFault[] {
  const known = new Set([...facts.modules].map(normal));
  return modules.flatMap((name, index) => {
    if (known.has(normal(name))) return [];
    const meant = closestWord(normal(name), [...known].toSorted());
    const message = `kernel ${kernel} has no module ${quoted(name)}`;
    const suggestion =
      meant === undefined
        ? 'remove it, or choose a kernel package that has it'
        : `did you mean "${meant}"?`;
    return [{ path: ['modules', index], message, suggestion }];
  });
}

/** The kernel takes `-` and `_` alike (modprobe(8)). */
function normal(name: string): string {
  return name.replaceAll('-', '_');
}
