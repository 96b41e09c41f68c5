import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import type { Signer } from './signer.ts';

export interface CommandSignerRequest {
  /** Program and arguments, run without a shell. */
  readonly command: readonly [string, ...string[]];
  /** Lower-case hex: the key is known before anything is signed. */
  readonly publicKey: string;
  readonly commands: Commands;
  /** Its own: what leads a KMS's program to its server and its credentials stands there. */
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Signs by a program of the user's, in front of a KMS, a token (PKCS #11) or a person: the payload comes on its standard
 * input, it prints the ed25519 signature in hex.
 */
export function commandSigner({
  command,
  publicKey,
  commands,
  environment = {},
}: CommandSignerRequest): Signer {
  const [tool, ...args] = command;
  return {
    publicKey,
    async sign(payload) {
      const { stdout } = await commands.run({ tool, args, input: payload, environment });
      const hex = stdout.trim().toLowerCase();
      if (/^[0-9a-f]{128}$/.test(hex)) return Buffer.from(hex, 'hex');
      throw new KubeosError('COMMAND_FAILED', `${tool} printed no signature`, {
        hint: 'it has to print the 64 bytes of an ed25519 signature in hex, and nothing else',
      });
    },
  };
}
