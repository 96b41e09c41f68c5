import { MetadataError } from './metadata-error.ts';
import { MAX_ROOTS } from './metadata-limits.ts';
import type { RootMetadata } from './metadata-schema.ts';
import { parseMetadata, type ParsedMetadata } from './parse-metadata.ts';
import { assertVersion, readUnlisted, type MetadataReader } from './read-metadata.ts';
import { verifySignatures, type RoleAuthority } from './verify-signatures.ts';

export interface RootChain {
  readonly last: ParsedMetadata<'root'>;
  /** Those after the given one, in order. */
  readonly fetched: readonly ParsedMetadata<'root'>[];
}

/**
 * From the given root to the newest one, each signed by the keys of the one before and by its own (specification 5.3).
 * Roots on the way may have ended; whether the last one has is for the caller to ask.
 *
 * @throws MetadataError
 */
export async function verifyRoots(given: Uint8Array, reader: MetadataReader): Promise<RootChain> {
  let last = parseMetadata('root', { file: 'root.json', bytes: given, now: reader.now });
  verifySignatures(last, authorityOf(last.signed, 'root'));
  const fetched: ParsedMetadata<'root'>[] = [];
  for (;;) {
    const next = await nextRoot(last.signed, reader);
    if (next === null) return { last, fetched };
    if (fetched.length === MAX_ROOTS) throw tooMany(next.file);
    fetched.push(next);
    last = next;
  }
}

export function authorityOf(
  root: RootMetadata,
  role: 'root' | 'timestamp' | 'snapshot' | 'targets',
): RoleAuthority {
  return { ...root.roles[role], keys: root.keys };
}

async function nextRoot(
  root: RootMetadata,
  reader: MetadataReader,
): Promise<ParsedMetadata<'root'> | null> {
  const version = root.version + 1;
  const next = await readUnlisted('root', `${version}.root.json`, reader);
  if (next === null) return null;
  verifySignatures(next, authorityOf(root, 'root'));
  verifySignatures(next, authorityOf(next.signed, 'root'));
  assertVersion(next, version);
  return next;
}

function tooMany(file: string): MetadataError {
  return new MetadataError(
    file,
    'malformed',
    `is one root more than the ${MAX_ROOTS} that are followed`,
  );
}
