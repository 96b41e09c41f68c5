import { KubeosError } from '../../errors.ts';
import { canonicalJson, type JsonValue } from '../canonical-json.ts';
import type { RoleKeys } from '../metadata/metadata-schema.ts';
import { keyIdOf, signChecked, type Signer } from './signer.ts';

export interface Signature {
  readonly keyid: string;
  /** 64 bytes, lower-case hex. */
  readonly sig: string;
}

/** What a signature is over (specification 4.2.1): the canonical form of the signed part. */
export function payloadOf(signed: object): Uint8Array {
  return Buffer.from(canonicalJson(asJson(signed)));
}

/** The bytes of a metadata file. */
export function metadataBytes(signed: object, signatures: readonly Signature[]): Uint8Array {
  const sorted = signatures.toSorted((a, b) => (a.keyid < b.keyid ? -1 : 1));
  return Buffer.from(canonicalJson(asJson({ signatures: sorted, signed })));
}

/**
 * Signs with all of the signers that have a key of one of these roles. More than one role: while keys are replaced, a
 * file is signed by the old keys and by the new ones, and good under both roots.
 *
 * @throws KubeosError USAGE when they are too few for one of the roles
 */
export async function signMetadata(
  signed: object,
  roles: readonly (RoleKeys & { readonly name: string })[],
  signers: readonly Signer[],
): Promise<Uint8Array> {
  for (const role of roles) assertEnough(role, signers);
  const wanted = new Set(roles.flatMap(({ keyids }) => keyids));
  const chosen = signers.filter(({ publicKey }) => wanted.has(keyIdOf(publicKey)));
  return metadataBytes(signed, await signaturesBy(chosen, payloadOf(signed)));
}

/** One signature of each key, however often it was given. */
async function signaturesBy(
  signers: readonly Signer[],
  payload: Uint8Array,
): Promise<readonly Signature[]> {
  const signatures = new Map<string, Signature>();
  for (const signer of signers) {
    const keyid = keyIdOf(signer.publicKey);
    if (signatures.has(keyid)) continue;
    const sig = Buffer.from(await signChecked(signer, payload)).toString('hex');
    signatures.set(keyid, { keyid, sig });
  }
  return [...signatures.values()];
}

/** @throws KubeosError USAGE */
export function assertEnough(
  role: RoleKeys & { readonly name: string },
  signers: readonly Signer[],
): void {
  if (canSign(role, signers)) return;
  const have = `${keysOf(role, signers).size} of ${role.threshold}`;
  throw new KubeosError('USAGE', `${have} keys that are needed for the role ${role.name}`, {
    hint: `give keys of these ids: ${role.keyids.join(', ')}`,
  });
}

export function canSign(role: RoleKeys, signers: readonly Signer[]): boolean {
  return keysOf(role, signers).size >= role.threshold;
}

function keysOf({ keyids }: RoleKeys, signers: readonly Signer[]): ReadonlySet<string> {
  return new Set(
    signers.map(({ publicKey }) => keyIdOf(publicKey)).filter((id) => keyids.includes(id)),
  );
}

/** Drops what is undefined, as JSON does. */
function asJson(value: unknown): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => asJson(item));
  if (typeof value !== 'object') throw new TypeError(`${typeof value} is not JSON`);
  const members = Object.entries(value).filter(
    ([, member]: [string, unknown]) => member !== undefined,
  );
  return Object.fromEntries(
    members.map(([key, member]: [string, unknown]) => [key, asJson(member)]),
  );
}
