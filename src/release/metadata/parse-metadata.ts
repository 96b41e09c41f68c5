import { z } from 'zod';
import { guardJson, isJsonObject, type JsonObject } from './guard-json.ts';
import { MetadataError } from './metadata-error.ts';
import { MAX_LIFETIME_MS, MAX_METADATA_BYTES, type MetadataRole } from './metadata-limits.ts';
import { METADATA_SCHEMAS, type Envelope } from './metadata-schema.ts';

export interface ParsedMetadata<Role extends MetadataRole> {
  readonly role: Role;
  /** Below `metadata/`. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly signed: Envelope<Role>['signed'];
  readonly signatures: Envelope<Role>['signatures'];
  /** The whole file, for whoever checks signatures. */
  readonly json: JsonObject;
}

export interface MetadataSource {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly now: Date;
}

/**
 * Reads hostile bytes of a metadata file, before anything else sees them: schema, sizes, and how far ahead it may end.
 * Says nothing about signatures, hashes, or whether it has ended.
 *
 * @throws MetadataError
 */
export function parseMetadata<Role extends MetadataRole>(
  role: Role,
  source: MetadataSource,
): ParsedMetadata<Role> {
  const { file, bytes, now } = source;
  const maxBytes = MAX_METADATA_BYTES[role];
  if (bytes.length > maxBytes) throw malformed(file, `is longer than ${maxBytes} bytes`);
  const json = readJson(file, bytes);
  const parsed = METADATA_SCHEMAS[role].safeParse(json);
  if (!parsed.success) throw malformed(file, `is refused: ${firstIssues(parsed.error)}`);
  const { expires } = parsed.data.signed;
  if (Date.parse(expires) - now.getTime() > MAX_LIFETIME_MS[role]) {
    throw new MetadataError(file, 'ahead', `ends only at ${expires}, too far ahead`);
  }
  return { role, file, bytes, json, ...parsed.data };
}

function readJson(file: string, bytes: Uint8Array): JsonObject {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    const value = guardJson(JSON.parse(text));
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw malformed(file, `cannot be read: ${error instanceof Error ? error.message : 'no JSON'}`);
  }
  throw malformed(file, 'is no JSON object');
}

/** Hostile names may be long: a message is bounded too. */
function firstIssues(error: z.ZodError): string {
  return z.prettifyError(error).slice(0, 400);
}

function malformed(file: string, why: string): MetadataError {
  return new MetadataError(file, 'malformed', why);
}
