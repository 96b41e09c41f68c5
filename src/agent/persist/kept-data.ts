import path from 'node:path';
import { z } from 'zod';
import type { DataFiles } from './data-files.ts';
import type { StateItem } from './state-rules.ts';

/** Where data lies, all of it on one mount, so that it can be renamed. */
export interface DataPlaces {
  /** Usually /persist. */
  readonly persist: string;
  /** For what is kept: `saved-`, `back-` and `aside-` with the first digits of a release's digest. */
  readonly kept: string;
}

/** Not more is kept of one release: what services need to start is small. */
export const MAX_KEPT_BYTES = 64 * 2 ** 20;

const listSchema = z.array(
  z.object({ item: z.string(), path: z.string().startsWith('/'), isThere: z.boolean() }),
);

/** What was kept, and what was not there when it was. */
export type KeptList = z.infer<typeof listSchema>;

/** Saved before another release began · migrated back for it by a newer one · moved aside when it was left. */
export type KeptKind = 'saved' | 'back' | 'aside';

const DIGITS = 24;

export function keptPlace({ kept }: DataPlaces, kind: KeptKind, digest: string): string {
  return path.join(kept, `${kind}-${digest.slice('sha256:'.length).slice(0, DIGITS)}`);
}

/** Where something is made that is not whole yet. */
export const workPlace = ({ kept }: DataPlaces, name: 'incoming' | 'work'): string =>
  path.join(kept, name);

/** A path as services see it, on PERSIST. */
export function livePlace({ persist }: DataPlaces, place: string): string {
  const isVar = place.startsWith('/var/');
  return path.join(persist, isVar ? place : path.join('directories', place));
}

/** A path inside what is kept. */
export const insideKept = (kept: string, place: string): string => path.join(kept, 'tree', place);

export const keptListFile = (kept: string): string => path.join(kept, 'list.json');

/** Written last: what has no list is not whole. @returns null for that */
export async function readKeptList(files: DataFiles, kept: string): Promise<KeptList | null> {
  try {
    return listSchema.parse(JSON.parse(await files.read(keptListFile(kept))));
  } catch {
    return null;
  }
}

/** Its list first: what is half removed does not pass for whole. */
export async function dropKept(files: DataFiles, kept: string): Promise<void> {
  await files.remove(keptListFile(kept));
  await files.remove(kept);
}

/** Notes what of these items is there, by `has`. */
export async function writeKeptList(
  files: DataFiles,
  { kept, items }: { readonly kept: string; readonly items: readonly StateItem[] },
  has: (place: string) => string,
): Promise<void> {
  const list: KeptList = [];
  for (const { name, paths } of items) {
    for (const place of paths) {
      list.push({ item: name, path: place, isThere: await files.exists(has(place)) });
    }
  }
  await files.makeDirectory(kept);
  await files.write(keptListFile(kept), JSON.stringify(list));
}

/** What was kept for a release, the best first: migrated back for it, saved, moved aside; null for nothing. */
export async function findKept(
  files: DataFiles,
  places: DataPlaces,
  digest: string,
): Promise<{ readonly place: string; readonly list: KeptList } | null> {
  for (const kind of ['back', 'saved', 'aside'] as const) {
    const place = keptPlace(places, kind, digest);
    const list = await readKeptList(files, place);
    if (list !== null) return { place, list };
  }
  return null;
}

/**
 * Copies what services wrote, as it is now, into `to`; all of it is on the disk when it returns.
 *
 * @returns why it cannot be kept, or null
 */
export async function copyLive(
  files: DataFiles,
  places: DataPlaces,
  { items, to }: { readonly items: readonly StateItem[]; readonly to: string },
): Promise<string | null> {
  const paths = items.flatMap((item) => item.paths);
  let bytes = 0;
  for (const place of paths) bytes += await files.bytesOf(livePlace(places, place));
  if (bytes > MAX_KEPT_BYTES) return `it has ${mib(bytes)}, more than ${mib(MAX_KEPT_BYTES)}`;
  // The node needs the rest more than its way back does.
  const free = await files.freeBytes(places.persist);
  if (2 * bytes >= free) return `it has ${mib(bytes)}, PERSIST ${mib(free)} left`;
  await dropKept(files, to);
  for (const place of paths) {
    if (!(await files.exists(livePlace(places, place)))) continue;
    const inside = insideKept(to, place);
    await files.makeDirectory(path.dirname(inside));
    await files.copy(livePlace(places, place), inside);
  }
  await writeKeptList(files, { kept: to, items }, (place) => insideKept(to, place));
  await files.flushTree(to);
  return null;
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
