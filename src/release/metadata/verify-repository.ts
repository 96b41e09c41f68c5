import { listHalted, listTargets, type ListedRelease } from './listed-targets.ts';
import { sortedKeys, versionsBoundBy, type KnownVersions } from './known-versions.ts';
import { MetadataError } from './metadata-error.ts';
import { MAX_LIFETIME_MS, type MetadataRole } from './metadata-limits.ts';
import type {
  HaltMetadata,
  RootMetadata,
  SnapshotMetadata,
  TargetsMetadata,
  TimestampMetadata,
} from './metadata-schema.ts';
import type { ParsedMetadata } from './parse-metadata.ts';
import {
  readListed,
  readUnlisted,
  type MetadataReader,
  type ReadMetadata,
} from './read-metadata.ts';
import { authorityOf, verifyRoots } from './verify-roots.ts';
import { verifySignatures } from './verify-signatures.ts';

export interface VerifyRequest extends MetadataReader {
  /** The root.json that trust starts from, at every start: the one under `/usr`, never one that was fetched. */
  readonly root: Uint8Array;
  readonly read: ReadMetadata;
  /** The latest of clock, build of the image, and `issuedAfter` of the last trusted set. */
  readonly now: Date;
  /** Of the last trusted set, or null. */
  readonly known: KnownVersions | null;
  /** Metadata past its end is taken, and named in `expired`: for a person's decision, and for publishers. */
  readonly allowExpired?: boolean;
}

/** A whole, consistent, signed set of metadata, and what it says. */
export interface VerifiedRepository {
  readonly root: RootMetadata;
  readonly timestamp: TimestampMetadata;
  readonly snapshot: SnapshotMetadata;
  readonly targets: TargetsMetadata;
  /** Null where no role for it is delegated. */
  readonly halt: HaltMetadata | null;
  readonly releases: readonly ListedRelease[];
  /** Channel name to release digest. */
  readonly channels: ReadonlyMap<string, string>;
  /** Digests (`sha256:…`) that no node may fetch. */
  readonly halted: ReadonlySet<string>;
  /** To be kept for the next time. */
  readonly known: KnownVersions;
  /** Exact bytes by file name, to be kept as a cache: the roots after the given one, and the others. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Files past their end; empty unless `allowExpired`. */
  readonly expired: readonly string[];
  /** The timestamp was not made before this: a floor for the clock. */
  readonly issuedAfter: Date;
}

/**
 * The client's workflow of the TUF specification, 5.3 to 5.6, over files that anyone may have touched. It returns a
 * set that is trusted as a whole, or throws; it keeps nothing itself.
 *
 * @throws MetadataError (code UNTRUSTED) with file and kind of reason; whatever `read` throws
 */
export async function verifyRepository(request: VerifyRequest): Promise<VerifiedRepository> {
  const { last: root, fetched } = await verifyRoots(request.root, request);
  assertNotOlder(root.file, root.signed.version, request.known?.root ?? 0);
  const ended = expiredOf([root], request);
  const least = versionsBoundBy(root.signed, request.known);
  const timestamp = await readTimestamp(root.signed, request);
  assertNotOlder(timestamp.file, timestamp.signed.version, least.timestamp);
  const listed = timestamp.signed.meta['snapshot.json'];
  assertNotOlder(timestamp.file, listed.version, least.snapshot);
  ended.push(...expiredOf([timestamp], request));
  const snapshot = await readListed('snapshot', listed, {
    ...request,
    authority: authorityOf(root.signed, 'snapshot'),
  });
  assertNotOlder(snapshot.file, snapshot.signed.meta['targets.json'].version, least.targets);
  assertNotOlder(snapshot.file, snapshot.signed.meta['halt.json']?.version ?? 0, least.halt);
  ended.push(...expiredOf([snapshot], request));
  const targets = await readListed('targets', snapshot.signed.meta['targets.json'], {
    ...request,
    authority: authorityOf(root.signed, 'targets'),
  });
  const halt = await readHalt(snapshot, targets, request);
  ended.push(...expiredOf(halt === null ? [targets] : [targets, halt], request));
  return verified({ root, fetched, timestamp, snapshot, targets, halt, ended });
}

async function readTimestamp(
  root: RootMetadata,
  request: VerifyRequest,
): Promise<ParsedMetadata<'timestamp'>> {
  const timestamp = await readUnlisted('timestamp', 'timestamp.json', request);
  if (timestamp === null) throw new MetadataError('timestamp.json', 'missing', 'is missing');
  verifySignatures(timestamp, authorityOf(root, 'timestamp'));
  return timestamp;
}

/** Delegated by `targets`, and listed by the snapshot, or neither: a list of halted releases cannot be left out. */
async function readHalt(
  snapshot: ParsedMetadata<'snapshot'>,
  targets: ParsedMetadata<'targets'>,
  request: VerifyRequest,
): Promise<ParsedMetadata<'halt'> | null> {
  const entry = snapshot.signed.meta['halt.json'];
  const { delegations } = targets.signed;
  if (entry === undefined && delegations === undefined) return null;
  if (entry === undefined || delegations === undefined) {
    const why = `and ${targets.file} do not agree whether there is a list of halted releases`;
    throw new MetadataError(snapshot.file, 'mismatched', why);
  }
  const authority = { ...delegations.roles[0], keys: delegations.keys };
  return await readListed('halt', entry, { ...request, authority });
}

/** @throws MetadataError `stale` */
function assertNotOlder(file: string, version: number, least: number): void {
  if (version >= least) return;
  throw new MetadataError(
    file,
    'stale',
    `brings version ${version}, but ${least} is known already`,
  );
}

/** @throws MetadataError `expired`, unless that is allowed */
function expiredOf(
  files: readonly ParsedMetadata<MetadataRole>[],
  { now, allowExpired = false }: VerifyRequest,
): string[] {
  const ended = files.filter(({ signed }) => Date.parse(signed.expires) <= now.getTime());
  const [first] = ended;
  if (first === undefined || allowExpired) return ended.map(({ file }) => file);
  throw new MetadataError(first.file, 'expired', `ended at ${first.signed.expires}`);
}

interface TrustedSet {
  readonly root: ParsedMetadata<'root'>;
  readonly fetched: readonly ParsedMetadata<'root'>[];
  readonly timestamp: ParsedMetadata<'timestamp'>;
  readonly snapshot: ParsedMetadata<'snapshot'>;
  readonly targets: ParsedMetadata<'targets'>;
  readonly halt: ParsedMetadata<'halt'> | null;
  readonly ended: readonly string[];
}

function verified(set: TrustedSet): VerifiedRepository {
  const { root, fetched, timestamp, snapshot, targets, halt, ended } = set;
  const all = [...fetched, timestamp, snapshot, targets, ...(halt === null ? [] : [halt])];
  return {
    root: root.signed,
    timestamp: timestamp.signed,
    snapshot: snapshot.signed,
    targets: targets.signed,
    halt: halt?.signed ?? null,
    ...listTargets(targets.file, targets.signed.targets),
    halted: halt === null ? new Set() : listHalted(halt.file, halt.signed.targets),
    known: knownAfter(set),
    files: new Map(all.map(({ file, bytes }) => [file, bytes])),
    expired: ended,
    issuedAfter: new Date(Date.parse(timestamp.signed.expires) - MAX_LIFETIME_MS.timestamp),
  };
}

function knownAfter({ root, timestamp, snapshot, targets, halt }: TrustedSet): KnownVersions {
  return {
    root: root.signed.version,
    timestamp: timestamp.signed.version,
    snapshot: snapshot.signed.version,
    targets: targets.signed.version,
    halt: halt?.signed.version ?? 0,
    keys: {
      timestamp: sortedKeys(root.signed, 'timestamp'),
      snapshot: sortedKeys(root.signed, 'snapshot'),
      targets: sortedKeys(root.signed, 'targets'),
    },
  };
}
