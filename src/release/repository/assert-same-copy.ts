import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import { readBytes } from './read-bytes.ts';
import type { RepositoryStore } from './repository-store.ts';

/**
 * An export goes over an earlier one of the same repository only. Another repository, or a copy that was refreshed or changed
 * where it is, would be left without a timestamp, or set back behind what its nodes have seen.
 *
 * @param files of the repository's metadata, by their names; all of its roots among them
 * @throws KubeosError USAGE; nothing was changed then, and what is there goes on serving
 */
export async function assertSameCopy(
  target: RepositoryStore,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  for (const [name, bytes] of files) {
    const path = `metadata/${name}`;
    const there = await readBytes(target, path, bytes.length);
    if (there === null || Buffer.compare(there, bytes) === 0) continue;
    if (path === TIMESTAMP_PATH && (await isBefore(target, bytes))) continue;
    throw new KubeosError('USAGE', `${target.place} has another ${path}`, {
      hint: 'it was refreshed or changed there, or is another repository: export into a new folder, and serve that one',
    });
  }
}

/** What cannot be read is replaced: it serves nobody. */
async function isBefore(target: RepositoryStore, timestamp: Uint8Array): Promise<boolean> {
  const there = await readBytes(target, TIMESTAMP_PATH, 2 ** 20);
  return versionOf(there) < versionOf(timestamp);
}

const versioned = z.object({ signed: z.object({ version: z.int() }) });

function versionOf(bytes: Uint8Array | null): number {
  try {
    return versioned.parse(JSON.parse(Buffer.from(bytes ?? []).toString('utf8'))).signed.version;
  } catch {
    return 0;
  }
}
