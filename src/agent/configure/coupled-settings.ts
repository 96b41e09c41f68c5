import type { KernelSettings } from './kernel-settings.ts';
import { oneSpaced } from './plan-configuration.ts';

/** Setting the one makes the other one 0 (kernel documentation, sysctl/vm.rst). */
const COUPLED: readonly (readonly [string, string])[] = [
  ['vm.dirty_bytes', 'vm.dirty_ratio'],
  ['vm.dirty_background_bytes', 'vm.dirty_background_ratio'],
  ['vm.overcommit_kbytes', 'vm.overcommit_ratio'],
];

/** These settings and those that change with them. */
export function withPartners(names: readonly string[]): readonly string[] {
  const partners = COUPLED.filter((pair) => pair.some((name) => names.includes(name))).flat();
  return [...new Set([...names, ...partners])];
}

export async function sameSetting(
  kernel: KernelSettings,
  name: string,
  value: string,
): Promise<boolean> {
  const now = await kernel.read(name);
  return now !== null && oneSpaced(now) === value;
}
