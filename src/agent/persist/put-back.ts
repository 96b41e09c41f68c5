import path from 'node:path';
import type { DataFiles } from './data-files.ts';
import {
  dropKept,
  insideKept,
  keptPlace,
  livePlace,
  writeKeptList,
  type DataPlaces,
  type KeptList,
} from './kept-data.ts';
import type { StateItem } from './state-rules.ts';

/** Does something with what lies at a path, so that the path is free. */
export type Displace = (place: string) => Promise<void>;

export interface KeptPart {
  readonly place: string;
  readonly list: KeptList;
  /** Names of the items that are put back. */
  readonly items: readonly string[];
}

/**
 * Moves what was kept to where services look for it. Nothing is copied, so it needs no room. Stopped anywhere, the same
 * call ends it: what is no longer in its kept place was put back.
 */
export async function putBack(
  files: DataFiles,
  places: DataPlaces,
  { part, displace }: { readonly part: KeptPart; readonly displace: Displace },
): Promise<void> {
  for (const { item, path: place, isThere } of part.list) {
    if (!part.items.includes(item)) continue;
    const inside = insideKept(part.place, place);
    if (isThere && !(await files.exists(inside))) continue;
    await displace(place);
    if (!isThere) continue;
    const live = livePlace(places, place);
    await files.makeDirectory(path.dirname(live));
    await files.rename(inside, live);
    await files.flushNames(path.dirname(live));
  }
}

/** What lies there was kept elsewhere, or is not wanted. */
export function removing(files: DataFiles, places: DataPlaces): Displace {
  return async (place) => await files.remove(livePlace(places, place));
}

/** What was taken out of `part` goes back into it; anything else that lies there is not wanted. */
export function returning(
  files: DataFiles,
  places: DataPlaces,
  part: Omit<KeptPart, 'items'> | null,
): Displace {
  const remove = removing(files, places);
  return async (place) => {
    const live = livePlace(places, place);
    const isOfPart = part?.list.some(({ path: one, isThere }) => isThere && one === place);
    const inside = insideKept(part?.place ?? '', place);
    const wasTaken = isOfPart === true && !(await files.exists(inside));
    if (!wasTaken || !(await files.exists(live))) return await remove(place);
    await files.rename(live, inside);
  };
}

/** What lies there is kept for people, as far as there is room for its names; only the last of it is. */
export async function movingAside(
  files: DataFiles,
  places: DataPlaces,
  { digest, items, isBegun }: AsideQuestion,
): Promise<Displace> {
  const aside = keptPlace(places, 'aside', digest);
  if (!isBegun) {
    try {
      await dropKept(files, aside);
      await writeKeptList(files, { kept: aside, items }, (place) => livePlace(places, place));
      await files.flushTree(aside);
    } catch (error) {
      if (!isOfSystem(error)) throw error;
    }
  }
  return async (place) => {
    const live = livePlace(places, place);
    if (!(await files.exists(live))) return;
    const inside = insideKept(aside, place);
    try {
      await files.makeDirectory(path.dirname(inside));
      await files.rename(live, inside);
    } catch (error) {
      if (!isOfSystem(error)) throw error;
      // No room for a name: the node's start comes first.
      await files.remove(live);
    }
  };
}

export interface AsideQuestion {
  /** Whose data lies there. */
  readonly digest: string;
  readonly items: readonly StateItem[];
  /** Whether an earlier start has begun with it. */
  readonly isBegun: boolean;
}

const isOfSystem = (error: unknown): boolean => error instanceof Error && 'code' in error;
