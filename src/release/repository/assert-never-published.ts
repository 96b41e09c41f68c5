import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { MAX_METADATA_BYTES } from '../metadata/metadata-limits.ts';
import { parseRepositoryPath, TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import { readBytes } from './read-bytes.ts';
import type { RepositoryStore, StoreSession } from './repository-store.ts';

/**
 * A repository without a timestamp may be one that was never finished. One that lost it is another thing: an empty one in
 * its place would forget every release and every halt.
 *
 * @throws KubeosError USAGE where metadata that is there lists anything
 */
export async function assertNeverPublished(
  store: RepositoryStore,
  session: StoreSession,
): Promise<void> {
  for (const name of await listsIn(store, session)) {
    const bytes = await readBytes(store, name, MAX_METADATA_BYTES.targets);
    if (bytes === null || listsNothing(bytes)) continue;
    throw new KubeosError('USAGE', `${store.place} has lost ${TIMESTAMP_PATH}, and is not empty`, {
      hint: `put it back from a mirror or a backup; ${name} lists what was published`,
    });
  }
}

/** Of a server, which lists no files, those that a repository has before its first garbage collection. */
async function listsIn(store: RepositoryStore, session: StoreSession): Promise<readonly string[]> {
  const all = await session.list().catch(cannotList);
  if (all !== null) return all.map(({ path }) => path).filter(isList);
  const names: string[] = [];
  for (let version = 1; ; version += 1) {
    const name = `metadata/${version}.targets.json`;
    if ((await store.size(name)) === null) return names;
    names.push(name);
  }
}

function cannotList(error: unknown): null {
  if (error instanceof KubeosError && error.code === 'USAGE') return null;
  throw error;
}

function isList(name: string): boolean {
  const found = parseRepositoryPath(name);
  return found?.kind === 'metadata' && (found.role === 'targets' || found.role === 'halt');
}

const listed = z.object({ signed: z.object({ targets: z.record(z.string(), z.unknown()) }) });

function listsNothing(bytes: Uint8Array): boolean {
  try {
    const { signed } = listed.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return Object.keys(signed.targets).length === 0;
  } catch {
    return false;
  }
}
