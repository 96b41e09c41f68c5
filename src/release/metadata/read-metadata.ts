import { createHash } from 'node:crypto';
import { MetadataError } from './metadata-error.ts';
import { MAX_METADATA_BYTES, type MetadataRole } from './metadata-limits.ts';
import type { MetaFile } from './metadata-schema.ts';
import { parseMetadata, type ParsedMetadata } from './parse-metadata.ts';
import { verifySignatures, type RoleAuthority } from './verify-signatures.ts';

/**
 * Reads a file below `metadata/`, `3.root.json`: its bytes, or null where there is none. It gives up by itself after
 * `maxBytes` (one byte more is enough to be refused here), and decides what a cache may answer: files with a number
 * never change, `timestamp.json` does.
 */
export type ReadMetadata = (file: string, maxBytes: number) => Promise<Uint8Array | null>;

export interface MetadataReader {
  readonly read: ReadMetadata;
  readonly now: Date;
}

/** A file that signed metadata lists: read no further than its length, with its hash and version (5.5, 5.6). */
export async function readListed<Role extends 'snapshot' | 'targets' | 'halt'>(
  role: Role,
  entry: MetaFile,
  reader: MetadataReader & { readonly authority: RoleAuthority },
): Promise<ParsedMetadata<Role>> {
  const file = `${entry.version}.${role}.json`;
  const bytes = await reader.read(file, entry.length);
  if (bytes === null) throw new MetadataError(file, 'missing', 'is missing');
  assertListed(file, bytes, entry);
  const parsed = parseMetadata(role, { file, bytes, now: reader.now });
  verifySignatures(parsed, reader.authority);
  assertVersion(parsed, entry.version);
  return parsed;
}

/** Null where the file does not exist; its signatures are for the caller to check. */
export async function readUnlisted<Role extends MetadataRole>(
  role: Role,
  file: string,
  reader: MetadataReader,
): Promise<ParsedMetadata<Role> | null> {
  const bytes = await reader.read(file, MAX_METADATA_BYTES[role]);
  return bytes === null ? null : parseMetadata(role, { file, bytes, now: reader.now });
}

/** @throws MetadataError `mismatched` when the file does not carry that version inside */
export function assertVersion(
  { file, signed }: ParsedMetadata<MetadataRole>,
  expected: number,
): void {
  if (signed.version === expected) return;
  const why = `says that it is version ${signed.version}, expected ${expected}`;
  throw new MetadataError(file, 'mismatched', why);
}

function assertListed(file: string, bytes: Uint8Array, entry: MetaFile): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (bytes.length === entry.length && sha256 === entry.hashes.sha256) return;
  throw new MetadataError(file, 'mismatched', 'is not the file that was signed for');
}
