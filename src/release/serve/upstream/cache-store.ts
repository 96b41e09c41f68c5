import { rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import { clearIncoming, openIncoming, type IncomingFile } from './incoming-file.ts';
import { listCached, type CachedFile } from './list-cached.ts';
import { planEviction } from './plan-eviction.ts';

/** The time of the last use is written down no oftener: it is only for the order after a restart. */
const NOTE_USE_MS = 3_600_000;

export interface CacheObserver {
  readonly sized: (bytes: number) => void;
  readonly evicted: (bytes: number) => void;
}

/** Opens a cache, whatever an ended process left of it. */
export async function openCacheStore(
  directory: string,
  limitBytes: number,
  observer: CacheObserver,
): Promise<CacheStore> {
  await clearIncoming(directory);
  return new CacheStore(await listCached(directory), { directory, limitBytes, observer });
}

/** The files of a cache, their sizes, and in which order they were used. */
export class CacheStore {
  readonly #directory: string;
  readonly #limitBytes: number;
  readonly #observer: CacheObserver;
  /** Last is who was used last. */
  readonly #files: Map<string, CachedFile>;
  #storedBytes: number;
  #reservedBytes = 0;

  constructor(
    files: readonly CachedFile[],
    options: {
      readonly directory: string;
      readonly limitBytes: number;
      readonly observer: CacheObserver;
    },
  ) {
    this.#directory = options.directory;
    this.#limitBytes = options.limitBytes;
    this.#observer = options.observer;
    this.#files = new Map(files.map((file) => [file.path, file]));
    this.#storedBytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#observer.sized(this.#storedBytes);
  }

  /**
   * Makes room for a file, and holds it while it arrives.
   *
   * @throws KubeosError NO_SPACE for more than the cache may hold
   */
  async withRoom(bytes: number, arrive: () => Promise<void>): Promise<void> {
    const victims = planEviction(this.#files.values(), {
      usedBytes: this.#storedBytes + this.#reservedBytes,
      neededBytes: bytes,
      limitBytes: this.#limitBytes,
    });
    if (victims === null) throw tooLarge(bytes, this.#limitBytes);
    this.#reservedBytes += bytes;
    // Before the first await: whoever comes meanwhile counts without them.
    for (const victim of victims) this.#forget(victim);
    try {
      for (const { path: name } of victims) {
        await rm(path.join(this.#directory, name), { force: true });
      }
      await arrive();
    } finally {
      this.#reservedBytes -= bytes;
    }
  }

  async openIncoming(): Promise<IncomingFile> {
    return await openIncoming(this.#directory);
  }

  /** A file has its name now. */
  add(name: string, sizeBytes: number): void {
    const before = this.#files.get(name);
    this.#files.delete(name);
    this.#files.set(name, { path: name, sizeBytes, usedMs: Date.now() });
    this.#storedBytes += sizeBytes - (before?.sizeBytes ?? 0);
    this.#observer.sized(this.#storedBytes);
  }

  noteUse(name: string): void {
    const file = this.#files.get(name);
    if (file === undefined) return;
    const nowMs = Date.now();
    const isDue = nowMs - file.usedMs >= NOTE_USE_MS;
    this.#files.delete(name);
    this.#files.set(name, isDue ? { ...file, usedMs: nowMs } : file);
    if (isDue) void noteOnDisk(path.join(this.#directory, name));
  }

  #forget({ path: name, sizeBytes }: Pick<CachedFile, 'path' | 'sizeBytes'>): void {
    this.#files.delete(name);
    this.#storedBytes -= sizeBytes;
    this.#observer.evicted(sizeBytes);
    this.#observer.sized(this.#storedBytes);
  }
}

function tooLarge(bytes: number, limitBytes: number): KubeosError {
  return new KubeosError('NO_SPACE', `a file of ${bytes} bytes does not fit into the cache`, {
    hint: `it may hold ${limitBytes} bytes: --cache-size`,
  });
}

async function noteOnDisk(place: string): Promise<void> {
  try {
    await utimes(place, new Date(), (await stat(place)).mtime);
  } catch {
    // It was removed meanwhile, or cannot be touched: then the order after a restart is another one.
  }
}
