import { createPrivateKey, createPublicKey, hash, sign } from 'node:crypto';
import { publicHex, type Signer } from '../signer.ts';

/** PKCS #8 of an ed25519 key is this and its 32 bytes (RFC 8410, 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The same word is the same key. */
export function testKey(word: string): Signer {
  const seed = hash('sha256', `kubeos test key ${word}`, 'buffer');
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  return {
    publicKey: publicHex(createPublicKey(key)),
    sign: async (payload) => sign(null, payload, key),
  };
}
