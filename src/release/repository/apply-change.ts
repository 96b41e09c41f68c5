import type { MetaFile } from '../metadata/metadata-schema.ts';
import type { ReadMetadata } from '../metadata/read-metadata.ts';
import { verifyRepository, type VerifiedRepository } from '../metadata/verify-repository.ts';
import { assertReadable } from './assert-readable.ts';
import { contentOfBytes } from './content.ts';
import { expiryOf } from './lifetimes.ts';
import { nextVersion } from './next-version.ts';
import {
  authoritiesOf,
  plannedContent,
  rolesToWrite,
  type FileRole,
  type RolePlan,
} from './plan-roles.ts';
import type { Publisher } from './publisher.ts';
import { metadataOf } from './read-bytes.ts';
import type { Content, StoreSession } from './repository-store.ts';
import { SPECIFICATION } from './root-document.ts';
import { assertEnough, signMetadata } from './sign-metadata.ts';

export interface ChangeRequest extends RolePlan {
  readonly publisher: Publisher;
  readonly session: StoreSession;
  /** A new root.json, signed, put just before the timestamp. */
  readonly newRoot?: { readonly version: number; readonly bytes: Uint8Array };
}

/**
 * Carries out a change in the order of contract section 4: blobs, targets, halt, snapshot, root, timestamp last; before
 * that one and after it, all is read as a client that knows nothing. Stopped anywhere, clients see the old state.
 *
 * @throws KubeosError USAGE when a key is not at hand, or a list grew too long; nothing was written then
 */
export async function applyChange(request: ChangeRequest): Promise<VerifiedRepository> {
  const { publisher, session, state, change, newRoot } = request;
  const written = rolesToWrite(request);
  assertSigners(request, [...written, 'timestamp']);
  assertReadable(request, written);
  for (const { path, content } of change.blobs) await session.write(path, content);
  const writing = { ...request, made: new Map<string, Uint8Array>() };
  const snapshot = await writeRoles(writing, written);
  if (newRoot !== undefined) await write(writing, `${newRoot.version}.root.json`, newRoot.bytes);
  const signed = { _type: 'timestamp', meta: { 'snapshot.json': snapshot } };
  const { bytes } = await signNext(request, 'timestamp', signed);
  writing.made.set('timestamp.json', bytes);
  await verifyFromNothing(publisher, writing.made);
  await session.commit(bytes, state.timestamp);
  return await verifyFromNothing(publisher, new Map());
}

/** With the metadata that it makes: a place may show it only after the commit. */
interface Writing extends ChangeRequest {
  readonly made: Map<string, Uint8Array>;
}

/** As a client that has only the root. What ended is no reason to fail: `check` tells of it. */
async function verifyFromNothing(
  { store, root, now }: Publisher,
  made: ReadonlyMap<string, Uint8Array>,
): Promise<VerifiedRepository> {
  const stored = metadataOf(store);
  const read: ReadMetadata = async (file, maxBytes) =>
    made.get(file) ?? (await stored(file, maxBytes));
  return await verifyRepository({ root, now, read, known: null, allowExpired: true });
}

/** Before anything is written: no gigabytes are sent for a key that is not there. */
function assertSigners(request: ChangeRequest, roles: readonly (FileRole | 'timestamp')[]): void {
  for (const role of roles.flatMap((role) => authoritiesOf(request, role))) {
    assertEnough(role, request.publisher.signers);
  }
}

/** @returns the entry of the snapshot, for the timestamp */
async function writeRoles(request: Writing, written: ReadonlySet<FileRole>): Promise<MetaFile> {
  const { verified } = request.state;
  const entryOf = async (role: 'targets' | 'halt'): Promise<MetaFile | undefined> =>
    written.has(role)
      ? await writeNext(request, role, plannedContent(request, role))
      : verified?.snapshot.meta[`${role}.json`];
  const targets = await entryOf('targets');
  const halt = await entryOf('halt');
  if (verified !== null && !written.has('snapshot'))
    return verified.timestamp.meta['snapshot.json'];
  const meta = { 'targets.json': targets, 'halt.json': halt };
  return await writeNext(request, 'snapshot', { _type: 'snapshot', meta });
}

async function writeNext(request: Writing, role: FileRole, content: object): Promise<MetaFile> {
  const { version, bytes } = await signNext(request, role, content);
  const { size, sha256 } = await write(request, `${version}.${role}.json`, bytes);
  return { version, length: size, hashes: { sha256 } };
}

async function write(
  { session, made }: Writing,
  file: string,
  bytes: Uint8Array,
): Promise<Content> {
  const content = contentOfBytes(bytes);
  await session.write(`metadata/${file}`, content);
  made.set(file, bytes);
  return content;
}

async function signNext(
  request: ChangeRequest,
  role: FileRole | 'timestamp',
  content: object,
): Promise<{ readonly version: number; readonly bytes: Uint8Array }> {
  const { publisher, state, roots } = request;
  const { store, signers, now, lifetimes } = publisher;
  const version = await nextVersion({ store, role, state, root: roots.at(-1) ?? roots[0] });
  const expires = expiryOf(now, lifetimes[role]);
  const signed = { ...content, spec_version: SPECIFICATION, version, expires };
  const bytes = await signMetadata(signed, authoritiesOf(request, role), signers);
  return { version, bytes };
}
