import type { PublicKeys } from '../metadata/metadata-schema.ts';

/** Lower-case hex, or null where the id is of no ed25519 key. */
export function publicKeyOf(keys: PublicKeys, id: string): string | null {
  const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
  return key?.keytype === 'ed25519' ? (key.keyval.public ?? null) : null;
}
