import type { StoredEntry } from './repository-store.ts';

/**
 * The files that may go: not kept, and last written before a time (milliseconds since 1970). Roots stay, because a node
 * that was off for years walks through all of them; so do numbers above the highest kept one, which no publisher may
 * give out twice.
 */
export function planCollection(
  entries: readonly StoredEntry[],
  kept: ReadonlySet<string>,
  beforeMs: number,
): readonly StoredEntry[] {
  const highest = highestVersions(kept);
  return entries.filter(({ path, modifiedMs }) => {
    if (kept.has(path) || modifiedMs >= beforeMs) return false;
    const numbered = parseNumbered(path);
    if (numbered === null) return path.startsWith('targets/') || path.startsWith('.staging/');
    return numbered.role !== 'root' && numbered.version < (highest.get(numbered.role) ?? 0);
  });
}

function highestVersions(paths: ReadonlySet<string>): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  for (const path of paths) {
    const numbered = parseNumbered(path);
    if (numbered === null) continue;
    const { role, version } = numbered;
    highest.set(role, Math.max(version, highest.get(role) ?? 0));
  }
  return highest;
}

function parseNumbered(path: string): { readonly version: number; readonly role: string } | null {
  const [, version, role] = /^metadata\/(\d+)\.([a-z]+)\.json$/.exec(path) ?? [];
  return version === undefined || role === undefined ? null : { version: Number(version), role };
}
