import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { load, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { Commands } from '../../host/commands.ts';
import { commandSigner } from '../../release/repository/command-signer.ts';
import { openKeyFile, type AskPassphrase } from '../../release/repository/key-file.ts';
import type { KeySet } from '../../release/repository/root-document.ts';
import type { Signer } from '../../release/repository/signer.ts';
import type { KeyRole } from './key-roles.ts';
import { readNamed } from './read-given.ts';

export const ROOT_FILE = 'root.json';

/**
 * A publisher's folder: `root.json` that trust starts from; for each key `NAME.pub` with its public half in hex, and
 * where it may be used `NAME.key`, encrypted; `signers.yaml` for keys that a command signs with.
 */
export interface KeyFolder {
  readonly directory: string;
  /** Public keys by name. */
  readonly publicKeys: ReadonlyMap<string, string>;
  /** Names of the `NAME.key` that are here. */
  readonly keyFiles: ReadonlySet<string>;
  /** Those that can sign here. A key file is opened when it signs for the first time. */
  readonly signers: readonly Signer[];
}

const publicKey = z.string().regex(/^[0-9a-f]{64}$/, 'an ed25519 key, 64 hexadecimal digits');
const signersFile = z.strictObject({
  signers: z.array(
    z.strictObject({ publicKey, command: z.tuple([z.string().min(1)], z.string()) }),
  ),
});

export interface KeyFolderRequest {
  readonly directory: string;
  readonly ask: AskPassphrase;
  readonly commands: Commands;
}

/** @throws KubeosError USAGE for a file that is none of these */
export async function loadKeyFolder(request: KeyFolderRequest): Promise<KeyFolder> {
  const { directory, ask } = request;
  const names = await namesIn(directory);
  const publicKeys = new Map<string, string>();
  for (const name of named(names, '.pub')) {
    publicKeys.set(name, await readPublicKey(path.join(directory, `${name}.pub`)));
  }
  const keyFiles = new Set(named(names, '.key'));
  const signers = [...publicKeys]
    .filter(([name]) => keyFiles.has(name))
    .map(([name, key]) => keyFileSigner(path.join(directory, `${name}.key`), key, ask));
  const external = names.includes('signers.yaml') ? await loadSigners(request) : [];
  return { directory, publicKeys, keyFiles, signers: [...signers, ...external] };
}

function named(names: readonly string[], extension: '.pub' | '.key'): readonly string[] {
  return names
    .filter((name) => name.endsWith(extension))
    .map((name) => path.basename(name, extension));
}

/** The keys of a role, by the names of their files. */
export function keysFor(role: KeyRole, { publicKeys }: KeyFolder): KeySet['publicKeys'] {
  return [...publicKeys]
    .filter(([name]) => name === role || name.startsWith(`${role}-`))
    .map(([, key]) => key);
}

/** @throws KubeosError USAGE */
export async function readPublicKey(file: string): Promise<string> {
  const text = (await readNamed(file)).toString('utf8').trim();
  if (publicKey.safeParse(text).success) return text;
  throw new KubeosError('USAGE', `${file} holds no public key: 64 hexadecimal digits`, {
    hint: 'it is the .pub file that `kubeos repository key` makes',
  });
}

function keyFileSigner(file: string, key: string, ask: AskPassphrase): Signer {
  let opened: Promise<Signer> | undefined;
  return {
    publicKey: key,
    sign: async (payload) => await (await (opened ??= openKeyFile(file, ask))).sign(payload),
  };
}

async function loadSigners({ directory, commands }: KeyFolderRequest): Promise<Signer[]> {
  const file = path.join(directory, 'signers.yaml');
  const parsed = signersFile.safeParse(yamlIn(file, await readFile(file, 'utf8')));
  if (!parsed.success) throw new KubeosError('USAGE', `${file}: ${z.prettifyError(parsed.error)}`);
  const environment = ownEnvironment();
  return parsed.data.signers.map((signer) => commandSigner({ ...signer, commands, environment }));
}

function yamlIn(file: string, text: string): unknown {
  try {
    return load(text);
  } catch (cause) {
    const why = cause instanceof YAMLException ? cause.message : String(cause);
    throw new KubeosError('USAGE', `${file}: ${why}`, { cause });
  }
}

/** All that the user has set, but for our own secrets. */
function ownEnvironment(): Record<string, string> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('KUBEOS_'));
  return Object.fromEntries(
    own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).toSorted();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
