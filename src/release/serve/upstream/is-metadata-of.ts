import { z } from 'zod';
import type { RepositoryPath } from '../../metadata/repository-path.ts';

/** The version that metadata gives itself, or null for what is no metadata. */
export function metadataVersion(bytes: Uint8Array, types: readonly string[]): number | null {
  try {
    const json: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return schemaOf(types).parse(json).signed.version;
  } catch {
    return null;
  }
}

function schemaOf(types: readonly string[]) {
  return z.object({
    signatures: z.array(z.unknown()),
    signed: z.object({ _type: z.enum(types), version: z.int() }),
  });
}

/**
 * Whether bytes are metadata of that name: enough to keep a login page out of a cache for ever. Whether it is
 * trusted is for clients to find out, who have a root.
 */
export function isMetadataOf(
  bytes: Uint8Array,
  { role, version }: Extract<RepositoryPath, { kind: 'metadata' }>,
): boolean {
  // A delegated role's file is of the type `targets`.
  return metadataVersion(bytes, [role, 'targets']) === version;
}
