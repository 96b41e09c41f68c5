import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { flush } from '../../../disk/flush-tree.ts';

/** What arrives lies here until it is whole. */
const INCOMING = '.incoming';

export interface IncomingFile extends AsyncDisposable {
  /** For whoever reads it last to close. */
  readonly handle: FileHandle;
  readonly place: string;
  /** Flushes it, and gives it its name: it appears whole. */
  readonly keep: (name: string, modifiedMs: number) => Promise<void>;
}

/** Removes what was on its way when a process ended. */
export async function clearIncoming(directory: string): Promise<void> {
  await rm(path.join(directory, INCOMING), { recursive: true, force: true });
  for (const name of [INCOMING, 'metadata', 'targets']) {
    await mkdir(path.join(directory, name), { recursive: true });
  }
}

/** A file without a name in the repository. */
export async function openIncoming(directory: string): Promise<IncomingFile> {
  const place = path.join(directory, INCOMING, randomUUID());
  const handle = await open(place, 'wx+');
  return {
    handle,
    place,
    keep: async (name, modifiedMs) => {
      await handle.utimes(new Date(), new Date(modifiedMs));
      await handle.sync();
      await rename(place, path.join(directory, name));
      await flush(path.join(directory, path.dirname(name)));
    },
    [Symbol.asyncDispose]: async () => await rm(place, { force: true }),
  };
}
