import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { KubeosError } from '../../errors.ts';
import { ed25519Key, keyId } from '../metadata/key-id.ts';

/** Whoever can sign with one ed25519 key: a key file, or a command in front of a KMS or token. */
export interface Signer {
  /** 32 bytes, lower-case hex. */
  readonly publicKey: string;
  /** 64 bytes (RFC 8032). */
  sign(payload: Uint8Array): Promise<Uint8Array>;
}

export function keyIdOf(publicKey: string): string {
  return keyId({ ...ed25519Key(publicKey) });
}

/**
 * A signature by this signer, checked: a wrong key, or a command that prints something else, is found here.
 *
 * @throws KubeosError COMMAND_FAILED
 */
export async function signChecked(signer: Signer, payload: Uint8Array): Promise<Uint8Array> {
  const signature = await signer.sign(payload);
  if (isSignature(signer.publicKey, payload, signature)) return signature;
  const why = `signed with another key than ${signer.publicKey}`;
  throw new KubeosError('COMMAND_FAILED', `the signer ${why}`, {
    hint: 'give the public key of the key that it signs with',
  });
}

export function isSignature(
  publicKey: string,
  payload: Uint8Array,
  signature: Uint8Array,
): boolean {
  return signature.length === 64 && verify(null, payload, publicKeyObject(publicKey), signature);
}

function publicKeyObject(publicKey: string): KeyObject {
  const x = Buffer.from(publicKey, 'hex').toString('base64url');
  return createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x } });
}

/** The public half as metadata has it: lower-case hex. */
export function publicHex(key: KeyObject): string {
  const { x = '' } = key.export({ format: 'jwk' });
  return Buffer.from(x, 'base64url').toString('hex');
}
