import { z } from 'zod';
import { keyId } from './key-id.ts';
import { MAX_METADATA_BYTES, MAX_VERSION, type MetadataRole } from './metadata-limits.ts';
import { targetSchema } from './target-schema.ts';
import { hex64, name } from './metadata-words.ts';

const common = {
  spec_version: z.string().regex(/^1\.0(\.\d{1,3})?$/, 'specification 1.0'),
  version: z.int().min(1).max(MAX_VERSION),
  expires: z
    .string()
    .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, 'a time as YYYY-MM-DDTHH:MM:SSZ')
    .refine(isRealTime, 'a time that exists'),
};

const ed25519 = z.strictObject({
  keytype: z.literal('ed25519'),
  scheme: z.literal('ed25519'),
  keyval: z.strictObject({ public: hex64 }),
});

/** A kind of key that this version does not know may stand beside good ones; it never counts. */
const otherKey = z.strictObject({
  keytype: name.refine((type) => type !== 'ed25519'),
  scheme: name,
  keyval: z.record(name, z.string().max(2 ** 13)),
});

const keys = z
  .record(hex64, z.union([ed25519, otherKey]))
  .refine((all) => Object.keys(all).length <= 32, 'at most 32 keys')
  .refine(
    (all) => Object.entries(all).every(([id, key]) => keyId(key) === id),
    'keys under the SHA-256 of their canonical form',
  );

const role = {
  keyids: z
    .array(hex64)
    .min(1)
    .max(16)
    .refine((ids) => new Set(ids).size === ids.length, 'each key once'),
  threshold: z.int().min(1).max(16),
};

const topRole = z.strictObject(role).refine(canMeetThreshold, 'no more signatures than keys');

const metaFile = (maxBytes: number) =>
  z.strictObject({
    version: common.version,
    length: z.int().min(1).max(maxBytes),
    hashes: z.strictObject({ sha256: hex64 }),
  });

const rootSchema = z.strictObject({
  _type: z.literal('root'),
  ...common,
  consistent_snapshot: z.literal(true),
  keys,
  roles: z.strictObject({
    root: topRole,
    timestamp: topRole,
    snapshot: topRole,
    targets: topRole,
  }),
});

const timestampSchema = z.strictObject({
  _type: z.literal('timestamp'),
  ...common,
  meta: z.strictObject({ 'snapshot.json': metaFile(MAX_METADATA_BYTES.snapshot) }),
});

const snapshotSchema = z.strictObject({
  _type: z.literal('snapshot'),
  ...common,
  meta: z.strictObject({
    'targets.json': metaFile(MAX_METADATA_BYTES.targets),
    'halt.json': metaFile(MAX_METADATA_BYTES.halt).optional(),
  }),
});

const haltRole = z
  .strictObject({
    ...role,
    name: z.literal('halt'),
    terminating: z.literal(true),
    paths: z.tuple([z.literal('halt.*')]),
  })
  .refine(canMeetThreshold, 'no more signatures than keys');

const targetsSchema = z.strictObject({
  _type: z.literal('targets'),
  ...common,
  targets: targetSchema,
  delegations: z.strictObject({ keys, roles: z.tuple([haltRole]) }).optional(),
});

const haltSchema = z.strictObject({
  _type: z.literal('targets'),
  ...common,
  targets: targetSchema,
});

const signatures = z
  .array(z.strictObject({ keyid: hex64, sig: z.string().regex(/^([0-9a-f]{2}){1,8192}$/, 'hex') }))
  .max(64)
  .refine((all) => new Set(all.map(({ keyid }) => keyid)).size === all.length, 'one per key');

export type RootMetadata = Readonly<z.infer<typeof rootSchema>>;
export type TimestampMetadata = Readonly<z.infer<typeof timestampSchema>>;
export type SnapshotMetadata = Readonly<z.infer<typeof snapshotSchema>>;
export type TargetsMetadata = Readonly<z.infer<typeof targetsSchema>>;
export type HaltMetadata = Readonly<z.infer<typeof haltSchema>>;
export type MetaFile = Readonly<z.infer<ReturnType<typeof metaFile>>>;
export type RoleKeys = Readonly<{ keyids: readonly string[]; threshold: number }>;
export type PublicKeys = Readonly<z.infer<typeof keys>>;

export interface SignedOf {
  readonly root: RootMetadata;
  readonly timestamp: TimestampMetadata;
  readonly snapshot: SnapshotMetadata;
  readonly targets: TargetsMetadata;
  readonly halt: HaltMetadata;
}

export interface Envelope<Role extends MetadataRole> {
  readonly signed: SignedOf[Role];
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** Metadata files of a repository (specification 4.3-4.6), narrowed to what kubeos writes. */
export const METADATA_SCHEMAS: { readonly [Role in MetadataRole]: z.ZodType<Envelope<Role>> } = {
  root: z.strictObject({ signed: rootSchema, signatures }),
  timestamp: z.strictObject({ signed: timestampSchema, signatures }),
  snapshot: z.strictObject({ signed: snapshotSchema, signatures }),
  targets: z.strictObject({ signed: targetsSchema, signatures }),
  halt: z.strictObject({ signed: haltSchema, signatures }),
};

function canMeetThreshold({ keyids, threshold }: RoleKeys): boolean {
  return threshold <= keyids.length;
}

/** 30 February parses, as 1 or 2 March. */
function isRealTime(text: string): boolean {
  const time = Date.parse(text);
  return Number.isFinite(time) && `${new Date(time).toISOString().slice(0, 19)}Z` === text;
}
