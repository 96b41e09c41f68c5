import { lstat, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { namingItem } from './etc-items.ts';

/** Where the layer over /etc is, and what the image says of it. */
export interface EtcPlaces {
  /** `upper` in it holds what was written on this node; `reset`, what goes at the next start. */
  readonly layer: string;
  /** Of the image: `named` or `mutable`. */
  readonly mode: string;
  /** Of the image: named items, one a line. */
  readonly items: string;
  /** Of the initramfs: files of the layer that hid one of the image when this boot began. */
  readonly shadowed: string;
}

export interface EtcEntry {
  /** Below /etc. */
  readonly path: string;
  /** `removed`: the image has it, and this node took it away. */
  readonly kind: 'file' | 'removed';
  readonly bytes: number;
  /** The named item that keeps it; null where none does. */
  readonly item: string | null;
  /** Whether it outlives the next start. */
  readonly lasts: boolean;
  /** Whether it hid a file of the image when this boot began. */
  readonly hidesImage: boolean;
  /** Whether it goes at the next start, because somebody asked for that. */
  readonly isReset: boolean;
}

export interface EtcLayer {
  readonly mode: 'named' | 'mutable';
  readonly items: readonly string[];
  readonly entries: readonly EtcEntry[];
}

/**
 * Everything that the layer over /etc holds. Nothing of it is changed.
 *
 * @throws KubeosError HOST_NOT_READY where some of it may not be read
 */
export async function readEtcLayer(places: EtcPlaces): Promise<EtcLayer> {
  return await readLayer(places).catch(translate);
}

async function readLayer(places: EtcPlaces): Promise<EtcLayer> {
  const mode = (await linesOf(places.mode))[0] === 'mutable' ? 'mutable' : 'named';
  const items = await linesOf(places.items);
  const shadowed = new Set(await linesOf(places.shadowed));
  const reset = await linesOf(path.join(places.layer, 'reset'));
  const found = await entriesBelow(path.join(places.layer, 'upper'));
  const entries = found.map(({ path: place, kind, bytes }) => {
    const item = namingItem(items, place);
    return {
      ...{ path: place, kind, bytes, item },
      lasts: mode === 'mutable' || item !== null,
      hidesImage: kind === 'removed' || shadowed.has(`/etc/${place}`),
      isReset: reset.some((one) => place === one || place.startsWith(`${one}/`)),
    };
  });
  return { mode, items, entries };
}

/** Lines of a file; none where there is no file. */
export async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch(ifMissing(''));
  return text.split('\n').filter((line) => line !== '');
}

type Found = Pick<EtcEntry, 'path' | 'kind' | 'bytes'>;

async function entriesBelow(upper: string, below = ''): Promise<readonly Found[]> {
  const names = await readdir(path.join(upper, below)).catch(ifMissing<string[]>([]));
  const found: Found[] = [];
  for (const name of names.toSorted()) {
    const place = path.join(below, name);
    const status = await lstat(path.join(upper, place));
    if (status.isDirectory()) found.push(...(await entriesBelow(upper, place)));
    else {
      // Documentation/filesystems/overlayfs.rst: a character device 0:0 stands for what was removed.
      const isRemoved = status.isCharacterDevice() && status.rdev === 0;
      found.push({ path: place, kind: isRemoved ? 'removed' : 'file', bytes: status.size });
    }
  }
  return found;
}

const ifMissing =
  <T>(value: T) =>
  (error: unknown): T => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return value;
    throw error;
  };

function translate(cause: unknown): never {
  if (!(cause instanceof Error && 'code' in cause)) throw cause;
  throw new KubeosError('HOST_NOT_READY', `what was changed cannot be read: ${cause.message}`, {
    cause,
    hint: 'run it as root',
  });
}
