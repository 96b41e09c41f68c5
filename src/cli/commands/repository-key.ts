import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { CommandRun } from '../command-spec.ts';
import { readArguments } from '../read-arguments.ts';
import { makeKeyPair } from '../release/key-pair.ts';
import { passphrases } from '../release/passphrase.ts';

const argumentsSchema = z.object({
  name: z.string(),
  passphraseFile: z.string().optional(),
  json: z.boolean(),
});

/** `kubeos repository key`: one key, encrypted, and beside it its public half for everybody. */
export const runRepositoryKey: CommandRun = async (args, context) => {
  const { name, passphraseFile, json } = readArguments(argumentsSchema, args);
  await mkdir(path.dirname(name), { recursive: true, mode: 0o700 });
  const publicKey = await makeKeyPair(name, passphrases(passphraseFile, context));
  const result = { apiVersion: 'cli.kubeos/v1', kind: 'Key', publicKey, file: `${name}.key` };
  const text = `${name}.key  keep it secret\n${name}.pub  ${publicKey}\n`;
  context.stdout.write(json ? `${JSON.stringify(result)}\n` : text);
  return 0;
};
