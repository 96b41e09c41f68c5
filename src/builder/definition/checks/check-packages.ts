import type { CheckableDefinition } from '../checkable-definition.ts';
import type { DefinitionFault } from '../definition-fault.ts';

/** Packages that bring a kernel: Debian's, Ubuntu's metapackages, and those of RPM systems. */
const KERNEL_PACKAGES = {
  apt: /^linux-(?:image-.+|generic|virtual|kvm|aws|azure|gcp|oracle)(?:=|$)/,
  dnf: /^kernel(?:-(?:core|rt|rt-core|64k|64k-core|uek|uek-core))?(?:-\d|$)/,
} as const;

const EXAMPLES = { apt: 'linux-image-amd64', dnf: 'kernel' } as const;

/** Whether the base can install the packages, and whether one of them is a kernel. */
export function checkPackages({ base, packages, arch }: CheckableDefinition): DefinitionFault[] {
  if (base === undefined) return [];
  if (base.type !== 'apt' && base.type !== 'dnf') return uninstallable(base.type, packages);
  if (packages.some((name) => KERNEL_PACKAGES[base.type].test(name))) return [];
  const example =
    arch === 'arm64' && base.type === 'apt' ? 'linux-image-arm64' : EXAMPLES[base.type];
  return [
    {
      path: ['packages'],
      at: 'key',
      message: 'no package brings a kernel, and an image without one cannot boot',
      suggestion: `add ${example}`,
    },
  ];
}

function uninstallable(type: string, packages: readonly string[]): DefinitionFault[] {
  if (packages.length === 0) return [];
  return [
    {
      path: ['packages'],
      at: 'key',
      message: `a base of type ${type} is taken as it is: packages are not installed into it`,
      expected: 'packages only with a base of type apt or dnf',
      suggestion: 'install them where the base is made, or from a script under scripts',
    },
  ];
}
