import { Key, Metadata, MetadataKind } from '@tufjs/models';
import type { JsonValue } from '../canonical-json.ts';
import { isJsonObject, type JsonObject } from './guard-json.ts';
import { MetadataError } from './metadata-error.ts';
import type { MetadataRole } from './metadata-limits.ts';
import type { PublicKeys, RoleKeys } from './metadata-schema.ts';
import type { ParsedMetadata } from './parse-metadata.ts';

/** Who may sign, and how many of them have to. */
export interface RoleAuthority extends RoleKeys {
  readonly keys: PublicKeys;
}

const KINDS = {
  root: MetadataKind.Root,
  timestamp: MetadataKind.Timestamp,
  snapshot: MetadataKind.Snapshot,
  targets: MetadataKind.Targets,
  halt: MetadataKind.Targets,
} as const;

/**
 * Counts the signatures of different ed25519 keys of the role. Two ids of one key are refused before (their id is
 * their digest), and other kinds of keys never count, though `@tufjs/models` could check some of them.
 *
 * @throws MetadataError `unsigned`
 */
export function verifySignatures(
  metadata: ParsedMetadata<MetadataRole>,
  authority: RoleAuthority,
): void {
  const modelled = modelOf(metadata);
  const signers = authority.keyids.filter((id) => isSignedBy(modelled, id, authority.keys));
  if (signers.length >= authority.threshold) return;
  throw new MetadataError(
    metadata.file,
    'unsigned',
    `is signed by ${signers.length} of the keys of ${metadata.role}, ${authority.threshold} are needed`,
  );
}

type Model = ReturnType<typeof modelOf>;

function modelOf({ role, json }: ParsedMetadata<MetadataRole>) {
  const copy = modelObject(json);
  switch (KINDS[role]) {
    case MetadataKind.Root:
      return Metadata.fromJSON(MetadataKind.Root, copy);
    case MetadataKind.Timestamp:
      return Metadata.fromJSON(MetadataKind.Timestamp, copy);
    case MetadataKind.Snapshot:
      return Metadata.fromJSON(MetadataKind.Snapshot, copy);
    default:
      return Metadata.fromJSON(MetadataKind.Targets, copy);
  }
}

type ModelJson = Parameters<typeof Key.fromJSON>[1][string];

/** A copy, because the models take mutable objects, and keep what they are given. */
function modelObject(json: JsonObject): { [key: string]: ModelJson } {
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, modelJson(value)]));
}

function modelJson(value: JsonValue): ModelJson {
  if (typeof value !== 'object' || value === null) return value;
  return isJsonObject(value) ? modelObject(value) : value.map(modelJson);
}

function isSignedBy(metadata: Model, id: string, keys: PublicKeys): boolean {
  const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
  if (key?.keytype !== 'ed25519') return false;
  try {
    Key.fromJSON(id, { ...key, keyval: { ...key.keyval } }).verifySignature(metadata);
    return true;
  } catch {
    return false; // every reason means: this key did not sign
  }
}
