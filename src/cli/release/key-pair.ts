import {
  createKeyFile,
  openKeyFile,
  type AskPassphrase,
} from '../../release/repository/key-file.ts';
import { readOrNull, writeWhole } from './root-drafts.ts';

/**
 * Makes `BASE.key`, and `BASE.pub` beside it. A key without its public half was left by a command that was stopped: it
 * gets one.
 *
 * @returns the public key, lower-case hex
 * @throws KubeosError USAGE when there are both
 */
export async function makeKeyPair(base: string, ask: AskPassphrase): Promise<string> {
  const isWhole = (await readOrNull(`${base}.pub`)) !== null;
  const publicKey = isWhole ? await createKeyFile(`${base}.key`, ask) : await keyAt(base, ask);
  await writePublic(base, publicKey);
  return publicKey;
}

/** The public half of `BASE.key`, which is made where there is none. */
export async function keyAt(base: string, ask: AskPassphrase): Promise<string> {
  const file = `${base}.key`;
  if ((await readOrNull(file)) === null) return await createKeyFile(file, ask);
  return (await openKeyFile(file, ask)).publicKey;
}

export async function writePublic(base: string, publicKey: string): Promise<void> {
  await writeWhole(`${base}.pub`, Buffer.from(`${publicKey}\n`));
}
