import { compareText } from '../inventory/compare-text.ts';
import type { Lock, LockedBase, LockedPackage } from './lock-schema.ts';

const HEADER = `# Made by \`kubeos lock\`: what the build takes in, by digest. Keep it beside the image definition
# and review its changes; \`kubeos lock\` moves it, \`kubeos build --locked\` obeys it.
`;

/** The text of `kubeos.lock`: YAML, one package a line, so that a review shows what moved. */
export function formatLock(lock: Lock): string {
  const { lockVersion, name, arch, sourceDateEpoch } = lock;
  const fields = blockLines({ lockVersion, name, arch, sourceDateEpoch });
  return `${HEADER}${[...fields, 'base:', ...baseLines(lock.base)].join('\n')}\n`;
}

function baseLines(base: LockedBase): readonly string[] {
  switch (base.type) {
    case 'apt': {
      const { sources, requested, packages, ...fields } = base;
      return indent([
        ...blockLines(fields),
        ...listLines('sources', sources),
        ...listLines('requested', requested.toSorted(compareText)),
        ...listLines('packages', packages.toSorted(comparePackages)),
      ]);
    }
    case 'dnf': {
      const { repositories, requested, packages, ...fields } = base;
      return indent([
        ...blockLines(fields),
        ...listLines('repositories', repositories),
        ...listLines('requested', requested.toSorted(compareText)),
        ...listLines('packages', packages.toSorted(comparePackages)),
      ]);
    }
    case 'oci':
    case 'tar':
    case 'directory':
      return indent(blockLines(base));
    default:
      return base satisfies never;
  }
}

function comparePackages(a: LockedPackage, b: LockedPackage): number {
  return compareText(a.name, b.name) || compareText(a.arch, b.arch);
}

function blockLines(fields: Readonly<Record<string, string | number>>): readonly string[] {
  return Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
}

function listLines(key: string, items: readonly unknown[]): readonly string[] {
  if (items.length === 0) return [`${key}: []`];
  return [`${key}:`, ...items.map((item) => `  - ${flow(item)}`)];
}

/** JSON with spaces, which YAML 1.2 reads as it is. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, item]) => `${key}: ${flow(item)}`);
  return `{ ${fields.join(', ')} }`;
}

function indent(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
