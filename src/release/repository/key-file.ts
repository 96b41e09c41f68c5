import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  type KeyObject,
} from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { flush } from '../../disk/flush-tree.ts';
import { KubeosError } from '../../errors.ts';
import { encryptedKey } from './encrypted-key.ts';
import { publicHex, type Signer } from './signer.ts';

/** Shorter ones are refused: whoever gets the file can guess for years. */
const MIN_PASSPHRASE = 12;

/**
 * Asks for the passphrase of a key file: from a file, an environment variable or a terminal, never from the command
 * line, which everyone on the host can read.
 */
export type AskPassphrase = (file: string) => Promise<string>;

/**
 * Makes an ed25519 key in a new file that only its owner reads, encrypted at rest.
 *
 * @returns its public key, lower-case hex
 * @throws KubeosError USAGE when the file exists, or the passphrase is too short
 */
export async function createKeyFile(file: string, ask: AskPassphrase): Promise<string> {
  const passphrase = await ask(file);
  if (passphrase.length < MIN_PASSPHRASE) {
    throw new KubeosError(
      'USAGE',
      `the passphrase for ${file} has less than ${MIN_PASSPHRASE} characters`,
      { hint: 'take a longer one, of several words' },
    );
  }
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  await writeNew(file, encryptedKey(pkcs8, passphrase));
  return publicHex(publicKey);
}

/**
 * Opens a key file. The private key is decrypted once, now.
 *
 * @throws KubeosError USAGE when it is no key, or the passphrase is wrong
 */
export async function openKeyFile(file: string, ask: AskPassphrase): Promise<Signer> {
  const key = decrypt(file, await readKey(file), await ask(file));
  if (key.asymmetricKeyType !== 'ed25519') throw unusable(file, 'it is no ed25519 key');
  return {
    publicKey: publicHex(createPublicKey(key)),
    sign: async (payload) => sign(null, payload, key),
  };
}

async function writeNew(file: string, text: string): Promise<void> {
  try {
    await using handle = await open(file, 'wx', 0o600);
    await handle.writeFile(text);
    await handle.sync();
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
    throw new KubeosError('USAGE', `${file} exists already`, {
      hint: 'a key is never overwritten; choose another name',
      cause,
    });
  }
  await flush(path.dirname(file));
}

async function readKey(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw unusable(file, 'it cannot be read', cause);
  }
}

function decrypt(file: string, pem: string, passphrase: string): KeyObject {
  if (!pem.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----')) {
    throw unusable(file, 'it is not an encrypted PKCS #8 key');
  }
  try {
    return createPrivateKey({ key: pem, format: 'pem', passphrase });
  } catch (cause) {
    throw unusable(file, 'the passphrase is wrong, or the file is damaged', cause);
  }
}

function unusable(file: string, why: string, cause?: unknown): KubeosError {
  return new KubeosError('USAGE', `the key ${file} cannot be used: ${why}`, { cause });
}
