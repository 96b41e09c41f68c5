import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { KubeosError } from '../../errors.ts';
import { passphraseFrom, type PassphraseSource } from '../../release/repository/ask-passphrase.ts';
import type { AskPassphrase } from '../../release/repository/key-file.ts';
import type { CliContext } from '../command-spec.ts';

const VARIABLE = 'KUBEOS_PASSPHRASE';

/** From the file that was given, else from the environment, else from the terminal, once for all keys. */
export function passphrases(file: string | undefined, context: CliContext): AskPassphrase {
  const ask = passphraseFrom(sourceOf(file, context));
  let answer: Promise<string> | undefined;
  return async (keyFile) => await (answer ??= ask(keyFile));
}

function sourceOf(file: string | undefined, context: CliContext): PassphraseSource {
  if (file !== undefined) return { kind: 'file', file };
  if (process.env[VARIABLE] !== undefined) return { kind: 'environment', variable: VARIABLE };
  return { kind: 'prompt', prompt: async (question) => await prompt(question, context) };
}

async function prompt(question: string, { stderr, signal }: CliContext): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new KubeosError('USAGE', 'there is no passphrase for the keys, and no terminal to ask', {
      hint: `set ${VARIABLE}, or give --passphrase-file`,
    });
  }
  stderr.write(question);
  // What is typed is not shown.
  const output = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output, terminal: true });
  try {
    return await lines.question('', { signal });
  } catch (cause) {
    throw signal.aborted ? cause : notGiven(cause);
  } finally {
    lines.close();
    stderr.write('\n');
  }
}

/** The terminal gives the two keys to the question, and no signal to the process. */
function notGiven(cause: unknown): KubeosError {
  return String(cause).includes('Ctrl+C')
    ? new KubeosError('CANCELLED', 'stopped by Ctrl+C', { cause })
    : new KubeosError('USAGE', 'no passphrase was given', { cause });
}
