import { z } from 'zod';
import { openKeyFile } from '../../release/repository/key-file.ts';
import {
  addRootSignature,
  missingSignatures,
  rootPayload,
  signRoot,
} from '../../release/repository/root-document.ts';
import type { CommandRun } from '../command-spec.ts';
import { KubeosError } from '../../errors.ts';
import { readArguments } from '../read-arguments.ts';
import { passphrases } from '../release/passphrase.ts';
import { readNamed } from '../release/read-given.ts';
import { writeWhole } from '../release/root-drafts.ts';

const argumentsSchema = z.object({
  draft: z.string(),
  key: z.string().optional(),
  publicKey: z.string().optional(),
  signature: z.string().optional(),
  payload: z.boolean(),
  passphraseFile: z.string().optional(),
  json: z.boolean(),
});

type Options = z.infer<typeof argumentsSchema>;

/** `kubeos repository sign`: one signature more on a root, on a machine that may have no network. */
export const runRepositorySign: CommandRun = async (args, context) => {
  const options = readArguments(argumentsSchema, args);
  const draft = await readNamed(options.draft);
  if (options.payload) {
    context.stdout.write(rootPayload(draft));
    return 0;
  }
  const signed = await withSignature(draft, options, async (file) => {
    return await openKeyFile(file, passphrases(options.passphraseFile, context));
  });
  // Others may have signed it already, and it may lie on a stick that is pulled out.
  await writeWhole(options.draft, signed);
  const [missing] = missingSignatures(signed, null);
  const left = missing === undefined ? 'it has enough signatures' : `${missing.threshold} to go`;
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'SignedRoot', file: options.draft };
  context.stdout.write(
    options.json
      ? `${JSON.stringify({ ...result, missing: missing?.threshold ?? 0 })}\n`
      : `${options.draft}  signed; ${left}\n`,
  );
  return 0;
};

async function withSignature(
  draft: Uint8Array,
  { key, publicKey, signature }: Options,
  open: (file: string) => ReturnType<typeof openKeyFile>,
): Promise<Uint8Array> {
  if (key !== undefined) return await signRoot(draft, await open(key));
  if (publicKey !== undefined && signature !== undefined) {
    if (!/^[0-9a-f]{64}$/.test(publicKey)) throw noKey(publicKey);
    return addRootSignature(draft, publicKey, Buffer.from(signature, 'hex'));
  }
  throw new KubeosError('USAGE', 'say what signs: --key, or --public-key and --signature');
}

function noKey(text: string): KubeosError {
  return new KubeosError('USAGE', `${text} is no public key: 64 hexadecimal digits`, {
    hint: 'it is what stands in the .pub file',
  });
}
