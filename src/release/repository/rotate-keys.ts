import { KubeosError } from '../../errors.ts';
import type { RoleKeys, RootMetadata } from '../metadata/metadata-schema.ts';
import { changeRepository, type ChangedRepository } from './change-repository.ts';
import { haltDelegation } from './halt-delegation.ts';
import { installRoot } from './install-root.ts';
import { planRotation } from './plan-rotation.ts';
import type { Publisher } from './publisher.ts';
import { loadRepository } from './repository-state.ts';
import {
  draftRoot,
  isDraftOf,
  missingSignatures,
  roleOf,
  signRoot,
  type KeySet,
  type TopRole,
} from './root-document.ts';
import { keyIdOf } from './signer.ts';

/** Where a root waits for signatures of keys that lie on other machines. */
export interface RootDrafts {
  /** For people: the file that is to be signed. */
  readonly place: string;
  readonly read: () => Promise<Uint8Array | null>;
  readonly write: (draft: Uint8Array) => Promise<void>;
  readonly remove: () => Promise<void>;
}

const NO_DRAFTS: RootDrafts = {
  place: 'the new root',
  read: async () => null,
  write: async () => undefined,
  remove: async () => undefined,
};

/** The keys that a role is to have; by default as many of them have to sign as now. */
export type NewKeys = Pick<KeySet, 'publicKeys'> & Partial<KeySet>;

export interface RotateRequest extends Publisher {
  readonly role: TopRole | 'halt';
  /** Null renews the root as it is, before it ends. */
  readonly keys: NewKeys | null;
  /** Default: a root that lacks signatures is not kept. */
  readonly drafts?: RootDrafts;
}

/**
 * Gives a role other keys. Where too few root keys are at hand, a draft is left for the machines that have the others,
 * and taken up again by the same call. The keys are these already: what was left unfinished is finished.
 *
 * @throws KubeosError USAGE when signatures are missing, or a draft of something else lies there
 */
export async function rotateKeys(request: RotateRequest): Promise<ChangedRepository> {
  const { role, keys, drafts = NO_DRAFTS } = request;
  if (role === 'halt') return await rotateHalt(request, keys);
  if (keys === null && role !== 'root') throw nothingToRenew();
  return await rotateByRoot({ ...request, role, drafts });
}

type RootRequest = RotateRequest & { readonly role: TopRole; readonly drafts: RootDrafts };

async function rotateByRoot(request: RootRequest): Promise<ChangedRepository> {
  const { role, keys, drafts } = request;
  const { root, isRootAhead } = await loadRepository(request);
  const has = root.roles[role];
  const wanted = keys === null ? null : { threshold: has.threshold, ...keys };
  const isInstalled = isDraftOf(await drafts.read(), root);
  if (wanted === null ? isInstalled || isRootAhead : hasKeys(has, wanted)) {
    const finished = await changeRepository(request, () => null);
    if (isInstalled) await drafts.remove();
    return finished;
  }
  const newRoot = await nextRoot(request, root, wanted);
  const changed = await installRoot({ ...request, newRoot });
  await drafts.remove();
  return changed;
}

function hasKeys(has: RoleKeys, keys: KeySet): boolean {
  const wanted = roleOf(keys);
  return (
    has.keyids.toSorted().join() === wanted.keyids.join() && has.threshold === wanted.threshold
  );
}

/** The halt keys stand in targets, whose keys give it others. */
async function rotateHalt(publisher: Publisher, keys: NewKeys | null): Promise<ChangedRepository> {
  if (keys === null) throw nothingToRenew();
  return await changeRepository(publisher, ({ verified }) => {
    const has = verified.targets.delegations?.roles[0];
    const wanted = { threshold: has?.threshold ?? 1, ...keys };
    if (has !== undefined && hasKeys(has, wanted)) return null;
    return { blobs: [], delegations: haltDelegation(wanted) };
  });
}

/** Signed by those that have a root key here, an old one or a new one, and by those who signed the draft before. */
async function nextRoot(
  { role, now, lifetimes, signers, drafts }: RootRequest,
  before: RootMetadata,
  keys: KeySet | null,
): Promise<Uint8Array> {
  const roles = keys === null ? {} : { [role]: keys };
  const next = planRotation(before, { now, lifetimeMs: lifetimes.root, roles });
  const draft = await drafts.read();
  if (draft !== null && !isDraftOf(draft, next)) throw otherDraft(drafts);
  let signed = draft ?? draftRoot(next);
  const wanted = new Set([...before.roles.root.keyids, ...next.roles.root.keyids]);
  for (const signer of signers.filter(({ publicKey }) => wanted.has(keyIdOf(publicKey)))) {
    if (missingSignatures(signed, before).length > 0) signed = await signRoot(signed, signer);
  }
  const [missing] = missingSignatures(signed, before);
  if (missing === undefined) return signed;
  await drafts.write(signed);
  throw unsignedRoot(drafts.place, missing);
}

/** What to do where root keys lie elsewhere. */
export function unsignedRoot(place: string, { threshold, keyids }: RoleKeys): KubeosError {
  const ids = keyids.map((id) => id.slice(0, 12)).join(', ');
  return new KubeosError('USAGE', `${threshold} more root keys have to sign ${place}`, {
    hint: `run \`kubeos repository sign\` on it where they are (ids ${ids}), bring it back, and run this command again`,
  });
}

function otherDraft({ place }: RootDrafts): KubeosError {
  return new KubeosError('USAGE', `${place} is a draft of another root`, {
    hint: 'finish that one first, or remove it',
  });
}

function nothingToRenew(): KubeosError {
  return new KubeosError('USAGE', 'only the root is renewed without new keys', {
    hint: 'name the new keys, or run `kubeos repository refresh --targets`',
  });
}
