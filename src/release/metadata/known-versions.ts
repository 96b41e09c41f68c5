import { z } from 'zod';
import { hex64 } from './metadata-words.ts';
import { MAX_VERSION } from './metadata-limits.ts';
import type { RootMetadata } from './metadata-schema.ts';

const version = z.int().min(1).max(MAX_VERSION);
const keyids = z.array(hex64).min(1).max(16);

/**
 * What a client keeps of the last set that it trusted, against being shown an older one. Plain JSON; a client parses
 * what it stored with this, and goes on with `null` (nothing known) where that fails.
 */
export const knownVersionsSchema = z.strictObject({
  root: version,
  timestamp: version,
  snapshot: version,
  targets: version,
  /** 0: there was no list of halted releases. */
  halt: z.int().min(0).max(MAX_VERSION),
  /** Sorted ids of the keys that these versions were signed under. */
  keys: z.strictObject({ timestamp: keyids, snapshot: keyids, targets: keyids }),
});

export type KnownVersions = Readonly<z.infer<typeof knownVersionsSchema>>;

/**
 * What still binds under this root. Where the keys of timestamp or snapshot were replaced, nothing that they said does
 * (specification 5.3.11): a thief may have signed the highest versions there are. New targets keys free the versions
 * of what they sign in the same way.
 */
export function versionsBoundBy(root: RootMetadata, known: KnownVersions | null): BoundVersions {
  if (known === null) return NOTHING_KNOWN;
  const isSame = (role: 'timestamp' | 'snapshot' | 'targets'): boolean =>
    known.keys[role].join() === sortedKeys(root, role).join();
  if (!isSame('timestamp') || !isSame('snapshot')) return NOTHING_KNOWN;
  const { timestamp, snapshot, targets, halt } = known;
  return isSame('targets')
    ? { timestamp, snapshot, targets, halt }
    : { timestamp, snapshot, targets: 0, halt: 0 };
}

export function sortedKeys(
  root: RootMetadata,
  role: 'timestamp' | 'snapshot' | 'targets',
): string[] {
  return root.roles[role].keyids.toSorted();
}

/** The lowest version that is accepted of each file; 0 accepts any. */
export interface BoundVersions {
  readonly timestamp: number;
  readonly snapshot: number;
  readonly targets: number;
  readonly halt: number;
}

const NOTHING_KNOWN: BoundVersions = { timestamp: 0, snapshot: 0, targets: 0, halt: 0 };
