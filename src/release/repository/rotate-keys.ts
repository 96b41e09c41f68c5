import { KubeosError } from '../../errors.ts';
import type { RootMetadata } from '../metadata/metadata-schema.ts';
import { changeRepository, type ChangedRepository } from './change-repository.ts';
import { haltDelegation } from './halt-delegation.ts';
import { installRoot } from './install-root.ts';
import { planRotation } from './plan-rotation.ts';
import type { Publisher } from './publisher.ts';
import { loadRepository } from './repository-state.ts';
import {
  draftRoot,
  missingSignatures,
  roleOf,
  signRoot,
  type KeySet,
  type TopRole,
} from './root-document.ts';
import { keyIdOf } from './signer.ts';

export interface RotateRequest extends Publisher {
  readonly role: TopRole | 'halt';
  /** Its new keys. */
  readonly keys: KeySet;
}

/**
 * Gives a role other keys. With all signers at hand in one place; for an offline root use `planRotation`, `draftRoot`,
 * `signRoot` there, and `installRoot`. The keys are these already: what was left unfinished is finished.
 *
 * @throws KubeosError USAGE when root keys are missing
 */
export async function rotateKeys(request: RotateRequest): Promise<ChangedRepository> {
  if (request.role === 'halt') return await rotateHalt(request);
  const { root } = await loadRepository(request);
  const wanted = roleOf(request.keys);
  const has = root.roles[request.role];
  if (has.keyids.toSorted().join() === wanted.keyids.join() && has.threshold === wanted.threshold) {
    return await changeRepository(request, () => null);
  }
  const plan = {
    now: request.now,
    lifetimeMs: request.lifetimes.root,
    roles: { [request.role]: request.keys },
  };
  const newRoot = await signedByRootKeys(request, root, planRotation(root, plan));
  const [missing] = missingSignatures(newRoot, root);
  if (missing === undefined) return await installRoot({ ...request, newRoot });
  throw new KubeosError('USAGE', `${missing.threshold} more root keys have to sign the new root`, {
    hint: `give keys of these ids: ${missing.keyids.join(', ')}`,
  });
}

/** The halt keys stand in targets, whose keys give it others. */
async function rotateHalt(request: RotateRequest): Promise<ChangedRepository> {
  const delegations = haltDelegation(request.keys);
  const wanted = delegations.roles[0];
  return await changeRepository(request, ({ verified }) => {
    const has = verified.targets.delegations?.roles[0];
    const isSame =
      has?.keyids.toSorted().join() === wanted.keyids.join() && has.threshold === wanted.threshold;
    return isSame ? null : { blobs: [], delegations };
  });
}

/** By those that have a root key, an old one or a new one. */
async function signedByRootKeys(
  { signers }: RotateRequest,
  before: RootMetadata,
  next: RootMetadata,
): Promise<Uint8Array> {
  const wanted = new Set([...before.roles.root.keyids, ...next.roles.root.keyids]);
  let signed = draftRoot(next);
  for (const signer of signers.filter(({ publicKey }) => wanted.has(keyIdOf(publicKey)))) {
    signed = await signRoot(signed, signer);
  }
  return signed;
}
