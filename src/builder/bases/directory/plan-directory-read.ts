import { KubeosError } from '../../../errors.ts';
import type { DirectoryScan } from './scan-directory.ts';
import { idInside, type IdMaps } from './id-map.ts';

/**
 * How a directory is read, and whose ids its files then have. `asSeen`: true owners, nothing to change.
 * `mapped`: read as the caller, owners changed by the maps. `inside`: read as uid 0 of the caller's
 * namespace, where owners are already what they should be.
 */
export type DirectoryRead =
  | { readonly kind: 'asSeen' }
  | { readonly kind: 'mapped'; readonly maps: IdMaps }
  | { readonly kind: 'inside' };

export interface Reader {
  readonly isRoot: boolean;
  /** The caller is 0 in them, subordinate ids are the rest. */
  readonly maps: IdMaps;
}

/**
 * Root sees true owners. For anybody else a root file system on disk was most likely unpacked by themselves:
 * what is theirs is root's, what belongs to their subordinate ids is mapped back, and any other id is kept.
 * @throws KubeosError DEFINITION_INVALID when files can only be read where other owners would get lost
 */
export function planDirectoryRead(scan: DirectoryScan, reader: Reader): DirectoryRead {
  if (reader.isRoot) return { kind: 'asSeen' };
  if (scan.unreadable === undefined) return { kind: 'mapped', maps: reader.maps };
  const stranger =
    unmapped(scan.uids, reader.maps.uids, 'user') ?? unmapped(scan.gids, reader.maps.gids, 'group');
  if (stranger === undefined) return { kind: 'inside' };
  throw new KubeosError(
    'DEFINITION_INVALID',
    `base.path: you may not read ${scan.unreadable}, and ${stranger}`,
    { hint: 'build as root, or unpack the root file system as yourself, without sudo' },
  );
}

function unmapped(
  ids: ReadonlyMap<number, string>,
  runs: IdMaps['uids'],
  kind: 'user' | 'group',
): string | undefined {
  for (const [id, name] of ids) {
    if (idInside(runs, id) !== undefined) continue;
    return `${name} belongs to ${kind} ${String(id)}, which is not one of yours (subuid(5))`;
  }
  return undefined;
}
