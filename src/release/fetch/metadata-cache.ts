import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { flush, flushTree } from '../../disk/flush-tree.ts';
import { KubeosError } from '../../errors.ts';
import { knownVersionsSchema } from '../metadata/known-versions.ts';
import { fileSource } from './file-source.ts';
import { unthrottled } from './throttle.ts';
import { transferBudget } from './transfer-budget.ts';

/** Later times are none (ECMA-262, 21.4.1.1): nothing would be past its end beside one. */
const MAX_TIME_MS = 8_640_000_000_000_000;

const stateSchema = z.strictObject({
  known: knownVersionsSchema,
  /** Milliseconds since 1970: the last trusted timestamp was not made before this. */
  issuedAfter: z.int().min(0).max(MAX_TIME_MS),
});

/** What is kept of the last set that was trusted, besides its files. */
export type MetadataState = Readonly<z.infer<typeof stateSchema>>;

export interface MetadataCache {
  /** Null where nothing is kept, or what is kept is damaged: trust starts from the root that was given in any case. */
  readonly state: MetadataState | null;
  /** A file of the last trusted set; it is believed no more than what a server sends. */
  readonly read: (file: string, maxBytes: number) => Promise<Uint8Array | null>;
}

const CURRENT = 'current';
const STATE = 'state.json';
const MAX_STATE_BYTES = 2 ** 14;

export const NO_CACHE: MetadataCache = { state: null, read: async () => null };

/** Reads what an earlier start kept in a directory; never fails, because nothing depends on it. */
export async function loadMetadataCache(directory: string): Promise<MetadataCache> {
  const options = { budget: transferBudget(), throttle: unthrottled };
  const source = fileSource(path.join(directory, CURRENT), options);
  const { signal } = new AbortController();
  const read = async (file: string, maxBytes: number): Promise<Buffer | null> =>
    await source.readSmall(file, { maxBytes, signal }).catch(nullIfDamaged);
  return { state: parseState(await read(STATE, MAX_STATE_BYTES)), read };
}

function parseState(bytes: Buffer | null): MetadataState | null {
  try {
    return bytes === null ? null : stateSchema.parse(JSON.parse(bytes.toString('utf8')));
  } catch {
    return null;
  }
}

function nullIfDamaged(error: unknown): null {
  if (error instanceof KubeosError) return null;
  throw error;
}

/**
 * Keeps a trusted set. All of it appears at once, by the rename of a link: a crash leaves the old set or the new one,
 * never some of both (rename(2) cannot replace a directory that has files in it).
 */
export async function saveMetadataCache(
  directory: string,
  state: MetadataState,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const name = `set-${randomBytes(8).toString('hex')}`;
  const set = path.join(directory, name);
  const content = new Map<string, Uint8Array>(files).set(STATE, Buffer.from(JSON.stringify(state)));
  await writeSet(set, content).catch(async (error: unknown) => {
    // On a full disk half a set would take the room of the next attempt.
    await rm(set, { recursive: true, force: true });
    throw error;
  });
  const link = `${set}.link`;
  await symlink(name, link);
  await rename(link, path.join(directory, CURRENT));
  await flush(directory);
  await removeOthers(directory, name);
}

async function writeSet(set: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(set, { mode: 0o700 });
  for (const [file, bytes] of files) await writeFile(path.join(set, file), bytes, { flag: 'wx' });
  await flushTree(set);
}

/** Sets before this one, and what a crash left. */
async function removeOthers(directory: string, current: string): Promise<void> {
  for (const name of await readdir(directory)) {
    if (name === current || !name.startsWith('set-')) continue;
    await rm(path.join(directory, name), { recursive: true, force: true });
  }
}
