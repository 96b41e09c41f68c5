import { writeFile } from 'node:fs/promises';
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

const argumentsSchema = z.object({
  draft: z.string(),
  key: z.string().optional(),
  publicKey: z.string().optional(),
  signature: z.string().optional(),
  payload: z.boolean(),
  passphraseFile: z.string().optional(),
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
  await writeFile(options.draft, signed, { flush: true });
  const [missing] = missingSignatures(signed, null);
  const left = missing === undefined ? 'it has enough signatures' : `${missing.threshold} to go`;
  context.stdout.write(`${options.draft}  signed; ${left}\n`);
  return 0;
};

async function withSignature(
  draft: Uint8Array,
  { key, publicKey, signature }: Options,
  open: (file: string) => ReturnType<typeof openKeyFile>,
): Promise<Uint8Array> {
  if (key !== undefined) return await signRoot(draft, await open(key));
  if (publicKey !== undefined && signature !== undefined) {
    return addRootSignature(draft, publicKey, Buffer.from(signature, 'hex'));
  }
  throw new KubeosError('USAGE', 'say what signs: --key, or --public-key and --signature');
}
