import { KubeosError } from '../../errors.ts';
import type { InstalledPackage } from '../inventory/installed-package.ts';
import type { LockedPackage } from './lock-schema.ts';

const SHOWN = 10;

/**
 * Compares what is in the root file system with what was locked, so that a lock is a fact about the image
 * and not a wish. A script of the definition that brings or takes packages is found here.
 * @throws KubeosError BUILD_CHECK_FAILED
 */
export function assertInstalled(
  installed: readonly InstalledPackage[],
  locked: readonly LockedPackage[],
): void {
  const [present, expected] = [new Set(installed.map(nameOf)), new Set(locked.map(nameOf))];
  const faults = [
    ...[...expected.difference(present)].map((name) => `locked, not installed: ${name}`),
    ...[...present.difference(expected)].map((name) => `installed, not locked: ${name}`),
  ];
  if (faults.length === 0) return;
  const more = faults.length > SHOWN ? [`and ${String(faults.length - SHOWN)} more`] : [];
  const message = [
    'the root file system has other packages than the lock',
    ...faults.slice(0, SHOWN),
  ];
  throw new KubeosError('BUILD_CHECK_FAILED', [...message, ...more].join('\n'), {
    hint: 'choose packages by `packages` and `kubeos lock`: a script of the definition must neither bring nor take any',
  });
}

function nameOf(one: {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
}): string {
  return `${one.name} ${one.version} ${one.arch}`;
}
