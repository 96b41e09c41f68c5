import { MAX_LIFETIME_MS, MAX_METADATA_BYTES } from '../metadata/metadata-limits.ts';
import { parseMetadata } from '../metadata/parse-metadata.ts';
import { parseRepositoryPath, TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import { storedPath } from '../metadata/target-name.ts';
import { planCollection } from './plan-collection.ts';
import { readBytes } from './read-bytes.ts';
import {
  assertIsThere,
  loadRepository,
  type RepositoryState,
  type StateRequest,
} from './repository-state.ts';
import type { RepositoryStore, StoredEntry } from './repository-store.ts';

export interface CollectRequest extends StateRequest {
  /** How many snapshots keep their files, the current one among them; at least 1. */
  readonly snapshots: number;
  /** Only says what it would remove. */
  readonly isDryRun: boolean;
}

/** What is removed, or would be. */
export interface Collected {
  readonly removed: readonly StoredEntry[];
  /** Bytes. */
  readonly size: number;
}

/**
 * Removes what no client can ask for any more: files that none of the last snapshots lists, and that are older than a
 * timestamp may live. A snapshot that was current within that time counts too. Roots always stay.
 */
export async function collectGarbage(request: CollectRequest): Promise<Collected> {
  const { store, now, isDryRun } = request;
  await assertIsThere(store);
  await using session = await store.begin();
  const state = await loadRepository(request);
  const entries = await session.list();
  const before = now.getTime() - MAX_LIFETIME_MS.timestamp;
  const kept = await namedBySnapshots(request, state, entries);
  const removed = planCollection(entries, kept, before);
  if (!isDryRun) for (const { path } of removed) await session.remove(path);
  return { removed, size: removed.reduce((total, { size }) => total + size, 0) };
}

/** Paths of those snapshots, of what they list, and of what that lists. */
async function namedBySnapshots(
  { store, now, snapshots }: CollectRequest,
  { verified }: RepositoryState,
  entries: readonly StoredEntry[],
): Promise<ReadonlySet<string>> {
  const current = verified.snapshot.version;
  const all = entries.flatMap((entry) => {
    const found = parseRepositoryPath(entry.path);
    const isSnapshot = found?.kind === 'metadata' && found.role === 'snapshot';
    return isSnapshot ? [{ version: found.version, entry }] : [];
  });
  const past = all
    .filter(({ version }) => version <= current)
    .toSorted((a, b) => b.version - a.version);
  const since = now.getTime() - MAX_LIFETIME_MS.timestamp;
  // A snapshot was current until the one after it was written.
  const chosen = past.filter((_, index) => {
    const next = past[index - 1];
    return index < snapshots || next === undefined || next.entry.modifiedMs >= since;
  });
  const named = new Set<string>([TIMESTAMP_PATH]);
  for (const { version } of chosen) {
    for (const path of await namedBy(store, now, version)) named.add(path);
  }
  return named;
}

/** Nothing but its parts that are there: one that a publisher left unfinished may lack some. */
async function namedBy(store: RepositoryStore, now: Date, version: number): Promise<string[]> {
  const file = `${version}.snapshot.json`;
  const bytes = await readBytes(store, `metadata/${file}`, MAX_METADATA_BYTES.snapshot);
  if (bytes === null) return [];
  const { meta } = parseMetadata('snapshot', { file, bytes, now }).signed;
  const named = [`metadata/${file}`];
  for (const role of ['targets', 'halt'] as const) {
    const listed = meta[`${role}.json`];
    if (listed === undefined) continue;
    const name = `${listed.version}.${role}.json`;
    named.push(`metadata/${name}`);
    const content = await readBytes(store, `metadata/${name}`, MAX_METADATA_BYTES[role]);
    if (content === null) continue;
    const { targets } = parseMetadata(role, { file: name, bytes: content, now }).signed;
    named.push(...Object.entries(targets).map(([t, { hashes }]) => storedPath(t, hashes.sha256)));
  }
  return named;
}
