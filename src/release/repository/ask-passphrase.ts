import { readFile } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { AskPassphrase } from './key-file.ts';

/** Where a passphrase comes from. */
export type PassphraseSource =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'prompt'; readonly prompt: (question: string) => Promise<string> };

/** @throws KubeosError USAGE when there is none */
export function passphraseFrom(source: PassphraseSource): AskPassphrase {
  return async (keyFile) => {
    const passphrase = await readFrom(source, keyFile);
    if (passphrase !== '') return passphrase;
    throw new KubeosError('USAGE', `the passphrase for ${keyFile} is empty`);
  };
}

async function readFrom(source: PassphraseSource, keyFile: string): Promise<string> {
  switch (source.kind) {
    case 'file':
      // Editors and `echo` end a file with a newline, which nobody means to be part of a passphrase.
      return (await readSource(source.file)).replace(/\r?\n$/, '');
    case 'environment':
      return process.env[source.variable] ?? '';
    case 'prompt':
      return await source.prompt(`Passphrase for ${keyFile}: `);
    default:
      return source satisfies never;
  }
}

async function readSource(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new KubeosError('USAGE', `the file of the passphrase, ${file}, cannot be read`, {
      cause,
      hint: 'name a file that is there, and that this user may read',
    });
  }
}
