import { createHash } from 'node:crypto';
import { canonicalJson, type JsonValue } from '../canonical-json.ts';

/** A public key as metadata holds it; `public` is 32 bytes in lower-case hex. */
export interface Ed25519Key {
  readonly keytype: 'ed25519';
  readonly scheme: 'ed25519';
  readonly keyval: { readonly public: string };
}

export function ed25519Key(publicHex: string): Ed25519Key {
  return { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: publicHex } };
}

/** SHA-256 of the key's canonical form (specification 4.2): one key has one id. */
export function keyId(key: JsonValue): string {
  return createHash('sha256').update(canonicalJson(key)).digest('hex');
}
