import { access, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { holdLock } from './hold-lock.ts';

const PREFIX = 'kubeos-scratch-';

export interface Scratch extends AsyncDisposable {
  readonly path: string;
}

/**
 * A new folder below `parent`, removed when it is disposed of. Its owner holds a lock on it, so what processes that
 * were killed left there is known by having none, and goes now.
 */
export async function openScratch(parent: string): Promise<Scratch> {
  await mkdir(parent, { recursive: true });
  await removeDead(parent);
  for (;;) {
    const place = await mkdtemp(path.join(parent, PREFIX));
    const lock = await holdLock(place).catch(async (error: unknown) => {
      if (await isThere(place)) throw error;
    });
    if (lock !== undefined && (await isThere(place))) return scratchAt(place, lock);
    // Another process found it before it was locked, and has removed it.
    await lock?.[Symbol.asyncDispose]();
  }
}

function scratchAt(place: string, lock: AsyncDisposable): Scratch {
  return {
    path: place,
    [Symbol.asyncDispose]: async () => {
      await rm(place, { recursive: true, force: true });
      await lock[Symbol.asyncDispose]();
    },
  };
}

/** What cannot be locked or removed is another user's. */
async function removeDead(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const place = path.join(parent, name);
    await using lock = await holdLock(place).catch(() => undefined);
    if (lock !== undefined)
      await rm(place, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isThere(place: string): Promise<boolean> {
  return await access(place).then(
    () => true,
    () => false,
  );
}
