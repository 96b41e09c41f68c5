import { KubeosError } from '../../errors.ts';
import { expandedUrl } from '../bases/dnf/dnf-settings.ts';
import type { AptSource } from '../definition/base-schema.ts';
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
    .filter((field) => asked[field] !== locked[field] && !isLeftOpen(field, asked))
    .map((field) => `${field}: ${show(asked[field])}, in the lock ${show(locked[field])}`);
  if (faults.length === 0) return;
  const message = `the lockfile is not of this definition\n${faults.join('\n')}`;
  throw new KubeosError('LOCK_MISMATCH', message, { hint: 'run `kubeos lock`, review, commit' });
}

/** Without base.sources the mirror is each host's own; the lock keeps the one that it was made with. */
function isLeftOpen(field: string, asked: Fields): boolean {
  return field === 'sources' && asked[field] === undefined;
}

type Fields = Readonly<Record<string, string>>;

function askedFields({ name, arch, base, packages }: ImageDefinition): Fields {
  const common = { name, arch, base: base.type };
  switch (base.type) {
    case 'apt':
      return {
        ...{ ...common, suite: base.suite, packages: list(packages) },
        ...(base.sources === undefined ? {} : { sources: sourceLines(base.sources) }),
      };
    case 'dnf':
      return {
        ...{ ...common, release: base.release, packages: list(packages) },
        repositories: base.repositories
          .map((one) => `${one.id} ${expandedUrl(one, { base, arch })}`)
          .join(', '),
      };
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
      return {
        ...{ suite: base.suite, packages: list(base.requested) },
        sources: sourceLines(base.sources.map((one) => ({ ...one, suites: [one.suite] }))),
      };
    case 'dnf':
      return {
        ...{ release: base.release, packages: list(base.requested) },
        repositories: base.repositories.map(({ id, baseUrl }) => `${id} ${baseUrl}`).join(', '),
      };
    case 'oci':
      return { image: base.image };
    case 'tar':
    case 'directory':
      return {};
    default:
      return base satisfies never;
  }
}

function sourceLines(sources: readonly AptSource[]): string {
  return sources
    .flatMap(({ uri, suites, components }) =>
      suites.map((suite) => [uri, suite, ...components].join(' ')),
    )
    .join(', ');
}

function list(packages: readonly string[]): string {
  return [...new Set(packages)].toSorted(compareText).join(' ');
}

function show(value: string | undefined): string {
  return value === undefined || value === '' ? '(none)' : value;
}
