import path from 'node:path';
import type { DataContext } from './data-context.ts';
import { dropKept, keptPlace } from './kept-data.ts';

/** Removes what is kept and no longer leads back to anything. What was moved aside last stays, for people. */
export async function removeOld(context: DataContext): Promise<void> {
  const { files, places } = context;
  const wanted = new Set(wantedPlaces(context));
  for (const name of await files.list(places.kept)) {
    const place = path.join(places.kept, name);
    const isOurs = /^(saved|back|aside)-|^(incoming|work)$/.test(name);
    if (isOurs && !wanted.has(place)) await dropKept(files, place);
  }
}

function wantedPlaces({ places, running, isTrial, other }: DataContext): readonly string[] {
  if (other === null) return [];
  // A committed release does not fall back from its trial any more; then only an older epoch needs its own data.
  const mayReturn = isTrial || other.dataEpoch < running.dataEpoch;
  return [
    keptPlace(places, 'aside', other.digest),
    ...(mayReturn ? [keptPlace(places, 'saved', other.digest)] : []),
  ];
}
