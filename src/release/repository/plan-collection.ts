import { parseRepositoryPath, STAGING } from '../metadata/repository-path.ts';
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
    const found = parseRepositoryPath(path);
    if (found?.kind !== 'metadata') {
      return path.startsWith('targets/') || path.startsWith(`${STAGING}/`);
    }
    return found.role !== 'root' && found.version < (highest.get(found.role) ?? 0);
  });
}

function highestVersions(paths: ReadonlySet<string>): ReadonlyMap<string, number> {
  const highest = new Map<string, number>();
  for (const path of paths) {
    const found = parseRepositoryPath(path);
    if (found?.kind !== 'metadata') continue;
    const { role, version } = found;
    highest.set(role, Math.max(version, highest.get(role) ?? 0));
  }
  return highest;
}
