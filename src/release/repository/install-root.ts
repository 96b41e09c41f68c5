import { KubeosError } from '../../errors.ts';
import { sortedKeys } from '../metadata/known-versions.ts';
import type { RootMetadata } from '../metadata/metadata-schema.ts';
import { parseMetadata } from '../metadata/parse-metadata.ts';
import type { VerifiedRepository } from '../metadata/verify-repository.ts';
import { authorityOf } from '../metadata/verify-roots.ts';
import { verifySignatures } from '../metadata/verify-signatures.ts';
import { applyChange } from './apply-change.ts';
import type { ChangedRepository } from './change-repository.ts';
import { authoritiesOf, rolesToWrite } from './plan-roles.ts';
import type { Publisher } from './publisher.ts';
import { readBytes } from './read-bytes.ts';
import { NO_CHANGE } from './repository-change.ts';
import { loadRepository, type RepositoryState } from './repository-state.ts';
import type { StoreSession } from './repository-store.ts';
import { takenName } from './store-failure.ts';
import { canSign } from './sign-metadata.ts';

export interface InstallRootRequest extends Publisher {
  /** The next root.json, signed by enough of the old root keys and of the new. */
  readonly newRoot: Uint8Array;
}

/**
 * Puts a new root, and signs anew what its keys have to sign. Where the old keys of a role are at hand beside the new
 * ones, its files are signed by both first: then clients are served at every moment. Without them (a lost key) there is
 * a short time in which clients are refused, and the same call again ends it.
 *
 * @throws KubeosError UNTRUSTED when the root is not signed by both, USAGE when it does not follow the last one
 */
export async function installRoot(request: InstallRootRequest): Promise<ChangedRepository> {
  await using session = await request.store.begin();
  const state = await loadRepository(request);
  const next = parseRoot(request);
  if (next.version === state.root.version) return await finish(request, session, state);
  assertFollows(state.root, request);
  const bridged = await signForBoth(request, session, { state, next });
  const repository = await putRoot(request, session, { state: bridged, next });
  return { repository, isChanged: true };
}

/** That root is there already: what may be left to do is to sign the other files anew. */
async function finish(
  publisher: InstallRootRequest,
  session: StoreSession,
  state: RepositoryState,
): Promise<ChangedRepository> {
  const { store, newRoot } = publisher;
  const name = `metadata/${state.root.version}.root.json`;
  const there = await readBytes(store, name, newRoot.length);
  if (there === null || !Buffer.from(there).equals(newRoot)) throw takenName(store.place, name);
  if (!state.isRootAhead) return { repository: state.verified, isChanged: false };
  const change = { publisher, session, state, change: NO_CHANGE };
  return { repository: await applyChange({ ...change, roots: [state.root] }), isChanged: true };
}

interface Step {
  readonly state: RepositoryState;
  readonly next: RootMetadata;
}

/** The files as they are, good under the old root and the new. */
async function signForBoth(
  publisher: InstallRootRequest,
  session: StoreSession,
  { state, next }: Step,
): Promise<RepositoryState> {
  const plan = { state, change: NO_CHANGE, roots: [state.root, next] as const };
  const written = rolesToWrite(plan);
  const keysOf = (root: RootMetadata): string => sortedKeys(root, 'timestamp').join();
  if (written.size === 0 && keysOf(state.root) === keysOf(next)) return state;
  const roles = [...written, 'timestamp' as const];
  const authorities = roles.flatMap((role) => authoritiesOf(plan, role));
  if (!authorities.every((role) => canSign(role, publisher.signers))) return state;
  await applyChange({ publisher, session, ...plan });
  return await loadRepository(publisher);
}

async function putRoot(
  publisher: InstallRootRequest,
  session: StoreSession,
  { state, next }: Step,
): Promise<VerifiedRepository> {
  return await applyChange({
    publisher,
    session,
    state,
    change: NO_CHANGE,
    roots: [next],
    newRoot: { version: next.version, bytes: publisher.newRoot },
  });
}

function parseRoot({ newRoot, now }: InstallRootRequest): RootMetadata {
  return parseMetadata('root', { file: 'new root.json', bytes: newRoot, now }).signed;
}

function assertFollows(current: RootMetadata, { newRoot, now }: InstallRootRequest): void {
  const parsed = parseMetadata('root', { file: 'new root.json', bytes: newRoot, now });
  verifySignatures(parsed, authorityOf(current, 'root'));
  verifySignatures(parsed, authorityOf(parsed.signed, 'root'));
  if (parsed.signed.version === current.version + 1) return;
  throw new KubeosError(
    'USAGE',
    `the new root has version ${parsed.signed.version}, expected ${current.version + 1}`,
    { hint: 'make it anew from the newest root of the repository' },
  );
}
