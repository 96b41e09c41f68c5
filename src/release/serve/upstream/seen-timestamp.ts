import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeAll } from '../../../disk/write-at.ts';
import { isMissing } from '../../repository/is-missing.ts';
import { TIMESTAMP_PATH } from '../../metadata/repository-path.ts';
import type { CacheStore } from './cache-store.ts';
import { metadataVersion } from './is-metadata-of.ts';

/** As it was last seen; times in milliseconds since 1970. */
export interface SeenTimestamp {
  readonly bytes: Buffer;
  readonly version: number;
  readonly modifiedMs: number;
  readonly seenMs: number;
}

/** For the time after a restart without a server. */
export async function keepTimestamp(
  { bytes, modifiedMs }: SeenTimestamp,
  store: CacheStore,
): Promise<void> {
  await using incoming = await store.openIncoming();
  await using handle = incoming.handle;
  await writeAll(handle, bytes, 0);
  await incoming.keep(TIMESTAMP_PATH, modifiedMs);
}

/** The one that was kept; null where there is none, or only something else. */
export async function readTimestamp(directory: string): Promise<SeenTimestamp | null> {
  const file = path.join(directory, TIMESTAMP_PATH);
  try {
    const { mtimeMs, ctimeMs } = await stat(file);
    const bytes = await readFile(file);
    const version = metadataVersion(bytes, ['timestamp']);
    return version === null ? null : { bytes, version, modifiedMs: mtimeMs, seenMs: ctimeMs };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
