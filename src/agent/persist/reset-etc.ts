import path from 'node:path';
import { replaceFile } from '../../disk/replace-file.ts';
import { KubeosError } from '../../errors.ts';
import { linesOf, readEtcLayer, type EtcEntry, type EtcPlaces } from './etc-layer.ts';

/**
 * Which entries of the layer are meant: an item of the image, a file, or a directory with all below it.
 *
 * @throws KubeosError USAGE for one that means nothing here
 */
export function chooseEntries(
  names: readonly string[],
  entries: readonly EtcEntry[],
): readonly EtcEntry[] {
  const chosen = new Set<EtcEntry>();
  for (const name of names) {
    const place = name.replace(/^\/etc\//, '').replace(/\/+$/, '');
    const found = entries.filter(
      (one) => one.item === place || one.path === place || one.path.startsWith(`${place}/`),
    );
    if (found.length === 0) throw nothingOf(name);
    for (const one of found) chosen.add(one);
  }
  return [...chosen];
}

/**
 * Takes the image's /etc back for what is named. An overlay may not be changed below while it is mounted, so the initramfs
 * of the next start removes it from the layer (templates/initramfs/etc-layer.sh, reset_layer).
 *
 * @returns what goes at the next start
 * @throws KubeosError USAGE; NO_SPACE where PERSIST is full, HOST_NOT_READY where it cannot be written
 */
export async function resetEtc(
  names: readonly string[],
  places: EtcPlaces,
  { isDryRun }: { readonly isDryRun: boolean },
): Promise<readonly EtcEntry[]> {
  const { entries } = await readEtcLayer(places);
  const chosen = chooseEntries(names, entries);
  if (isDryRun) return chosen;
  const list = path.join(places.layer, 'reset');
  const lines = new Set([...(await linesOf(list)), ...chosen.map(asLine)]);
  await replaceFile(list, [...lines].map((line) => `${line}\n`).join('')).catch(translate);
  return chosen;
}

function asLine({ path: place }: EtcEntry): string {
  if (!place.includes('\n')) return place;
  throw new KubeosError('USAGE', `${JSON.stringify(place)} cannot be reset by its name`, {
    hint: 'reset the directory or the item that holds it',
  });
}

function translate(cause: unknown): never {
  if (!(cause instanceof Error && 'code' in cause)) throw cause;
  if (cause.code === 'ENOSPC' || cause.code === 'EDQUOT') {
    throw new KubeosError('NO_SPACE', 'PERSIST is full: what is to be reset cannot be noted', {
      cause,
      hint: 'remove something from /var or /persist, and run it again',
    });
  }
  throw new KubeosError('HOST_NOT_READY', `PERSIST cannot be written: ${cause.message}`, {
    cause,
    hint: 'run it as root; /run/kubeos/persist-state says how PERSIST is mounted',
  });
}

function nothingOf(name: string): KubeosError {
  return new KubeosError('USAGE', `nothing of ${JSON.stringify(name)} was written on this node`, {
    hint: 'kubeos-agent persist list shows what was; /etc is the image’s where it shows nothing',
  });
}
