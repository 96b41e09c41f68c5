import { KubeosError } from '../../errors.ts';
import { compareText } from '../inventory/compare-text.ts';
import type { ImageDefinition } from '../definition/schema.ts';
import type { Lock, LockedBase } from './lock-schema.ts';

/**
 * Refuses to build a definition by a lock that was made for another one.
 * @throws KubeosError LOCK_MISMATCH, naming every difference
 */
export function assertLockFits(lock: Lock, definition: ImageDefinition): void {
  const asked = askedFields(definition);
  const locked = lockedFields(lock);
  const faults = Object.keys({ ...asked, ...locked })
    .filter((field) => asked[field] !== locked[field])
    .map((field) => `${field}: ${show(asked[field])}, in the lock ${show(locked[field])}`);
  if (faults.length === 0) return;
  const message = `the lockfile is not of this definition\n${faults.join('\n')}`;
  throw new KubeosError('LOCK_MISMATCH', message, { hint: 'run `kubeos lock`, review, commit' });
}

type Fields = Readonly<Record<string, string>>;

function askedFields({ name, arch, base, packages }: ImageDefinition): Fields {
  const common = { name, arch, base: base.type };
  switch (base.type) {
    case 'apt':
      return { ...common, suite: base.suite, packages: list(packages) };
    case 'dnf':
      return { ...common, release: base.release, packages: list(packages) };
    case 'oci':
      return { ...common, image: base.image };
    case 'tar':
    case 'directory':
      return common;
    default:
      return base satisfies never;
  }
}

function lockedFields({ name, arch, base }: Lock): Fields {
  return { name, arch, base: base.type, ...baseFields(base) };
}

function baseFields(base: LockedBase): Fields {
  switch (base.type) {
    case 'apt':
      return { suite: base.suite, packages: list(base.requested) };
    case 'dnf':
      return { release: base.release, packages: list(base.requested) };
    case 'oci':
      return { image: base.image };
    case 'tar':
    case 'directory':
      return {};
    default:
      return base satisfies never;
  }
}

function list(packages: readonly string[]): string {
  return [...new Set(packages)].toSorted(compareText).join(' ');
}

function show(value: string | undefined): string {
  return value === undefined || value === '' ? '(none)' : value;
}
