import { isDeepStrictEqual } from 'node:util';
import { KubeosError } from '../../errors.ts';
import { ed25519Key } from '../metadata/key-id.ts';
import type { PublicKeys, RoleKeys, RootMetadata } from '../metadata/metadata-schema.ts';
import { parseMetadata, type ParsedMetadata } from '../metadata/parse-metadata.ts';
import { expiryOf } from './lifetimes.ts';
import { publicKeyOf } from './public-key-of.ts';
import { isSignature, keyIdOf, signChecked, type Signer } from './signer.ts';
import { metadataBytes, payloadOf, type Signature } from './sign-metadata.ts';

/** The keys of a role, and how many of them have to sign. */
export interface KeySet {
  /** 32 bytes each, lower-case hex. */
  readonly publicKeys: readonly string[];
  readonly threshold: number;
}

export type TopRole = 'root' | 'timestamp' | 'snapshot' | 'targets';

export interface RootPlan {
  readonly version: number;
  readonly now: Date;
  readonly lifetimeMs: number;
  readonly roles: Readonly<Record<TopRole, KeySet>>;
}

/** The signed part of a root.json. */
export function planRoot({ version, now, lifetimeMs, roles }: RootPlan): RootMetadata {
  return {
    _type: 'root',
    spec_version: SPECIFICATION,
    version,
    expires: expiryOf(now, lifetimeMs),
    consistent_snapshot: true,
    keys: publicKeysOf(Object.values(roles)),
    roles: {
      root: roleOf(roles.root),
      timestamp: roleOf(roles.timestamp),
      snapshot: roleOf(roles.snapshot),
      targets: roleOf(roles.targets),
    },
  };
}

export const SPECIFICATION = '1.0.31';

export function publicKeysOf(sets: readonly KeySet[]): PublicKeys {
  const keys = sets.flatMap(({ publicKeys }) => publicKeys);
  return Object.fromEntries(keys.map((key) => [keyIdOf(key), ed25519Key(key)]));
}

export function roleOf({ publicKeys, threshold }: KeySet): { keyids: string[]; threshold: number } {
  return { keyids: [...new Set(publicKeys.map(keyIdOf))].toSorted(), threshold };
}

/** A root that nobody signed yet: what goes to an offline machine. */
export function draftRoot(root: RootMetadata): Uint8Array {
  return metadataBytes(root, []);
}

/** What an offline signer signs, byte for byte. */
export function rootPayload(draft: Uint8Array): Uint8Array {
  return payloadOf(parseDraft(draft).signed);
}

/** A draft with one more signature. The same key again changes nothing. */
export async function signRoot(draft: Uint8Array, signer: Signer): Promise<Uint8Array> {
  const sig = await signChecked(signer, rootPayload(draft));
  return addRootSignature(draft, signer.publicKey, sig);
}

/**
 * Takes a signature that was made elsewhere.
 *
 * @throws KubeosError UNTRUSTED when that key did not sign this root
 */
export function addRootSignature(
  draft: Uint8Array,
  publicKey: string,
  signature: Uint8Array,
): Uint8Array {
  const { signed, signatures } = parseDraft(draft);
  if (!isSignature(publicKey, payloadOf(signed), signature)) {
    throw new KubeosError('UNTRUSTED', `the key ${publicKey} did not sign this root`);
  }
  const added: Signature = {
    keyid: keyIdOf(publicKey),
    sig: Buffer.from(signature).toString('hex'),
  };
  return metadataBytes(signed, [...signatures.filter(({ keyid }) => keyid !== added.keyid), added]);
}

/** The ids of the keys that still could sign, and how many of them have to; of the old root too where there is one. */
export function missingSignatures(
  draft: Uint8Array,
  before: RootMetadata | null,
): readonly RoleKeys[] {
  const { signed, signatures } = parseDraft(draft);
  const keys = { ...before?.keys, ...signed.keys };
  const payload = payloadOf(signed);
  // A draft was on other machines: a signature that was damaged there is missing, and can be made again.
  const isGood = ({ keyid, sig }: Signature): boolean => {
    const key = publicKeyOf(keys, keyid);
    return key !== null && isSignature(key, payload, Buffer.from(sig, 'hex'));
  };
  const have = new Set(signatures.filter(isGood).map(({ keyid }) => keyid));
  const roles = [signed.roles.root, ...(before === null ? [] : [before.roles.root])];
  return roles
    .map(({ keyids, threshold }) => ({
      keyids: keyids.filter((id) => !have.has(id)),
      threshold: threshold - keyids.filter((id) => have.has(id)).length,
    }))
    .filter(({ threshold }) => threshold > 0);
}

/** Whether a draft says what was planned, but for when it ends: it was planned earlier. */
export function isDraftOf(draft: Uint8Array | null, planned: RootMetadata): boolean {
  if (draft === null) return false;
  const { expires } = planned;
  return isDeepStrictEqual({ ...parseDraft(draft).signed, expires }, planned);
}

function parseDraft(draft: Uint8Array): ParsedMetadata<'root'> {
  // How far ahead a draft may end is for the machine to say that publishes it: an offline one's clock may be wrong.
  return parseMetadata('root', { file: 'root.json', bytes: draft, now: new Date(MAX_TIME) });
}

const MAX_TIME = 8.64e15;
