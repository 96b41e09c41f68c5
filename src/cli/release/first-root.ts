import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { moveFile } from '../../disk/move-file.ts';
import { KubeosError } from '../../errors.ts';
import { createKeyFile, type AskPassphrase } from '../../release/repository/key-file.ts';
import { DEFAULT_LIFETIMES } from '../../release/repository/lifetimes.ts';
import {
  draftRoot,
  missingSignatures,
  planRoot,
  signRoot,
  type KeySet,
} from '../../release/repository/root-document.ts';
import { keysFor, ROOT_FILE, type KeyFolder } from './key-folder.ts';
import type { KeyRole } from './key-roles.ts';

export const DRAFT_FILE = 'root.draft.json';

/** The keys that a repository begins with where none were brought: the root needs two of three. */
const FIRST_KEYS = ['root-1', 'root-2', 'root-3', 'targets', 'snapshot', 'timestamp', 'halt'];

export async function createFirstKeys(directory: string, ask: AskPassphrase): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const name of FIRST_KEYS) {
    const publicKey = await createKeyFile(path.join(directory, `${name}.key`), ask);
    await writeFile(path.join(directory, `${name}.pub`), `${publicKey}\n`);
  }
}

export interface FirstRootRequest {
  readonly folder: KeyFolder;
  readonly now: Date;
  /** Of the root keys; how many have to sign. */
  readonly threshold: number;
}

/**
 * The first root.json of a folder: the one that is there, or one signed by the root keys at hand. Where they are too
 * few, a draft is left for the machines that have the others, and taken up again the next time.
 *
 * @throws KubeosError USAGE saying how many signatures are missing, and of which keys
 */
export async function makeFirstRoot(request: FirstRootRequest): Promise<Uint8Array> {
  const { folder } = request;
  const file = path.join(folder.directory, ROOT_FILE);
  const made = await readOrNull(file);
  if (made !== null) return made;
  const draftFile = path.join(folder.directory, DRAFT_FILE);
  let draft = (await readOrNull(draftFile)) ?? draftRoot(planFirst(request));
  const rootKeys = new Set(keysFor('root', folder));
  for (const signer of folder.signers.filter(({ publicKey }) => rootKeys.has(publicKey))) {
    if (missingSignatures(draft, null).length > 0) draft = await signRoot(draft, signer);
  }
  await writeWhole(draftFile, draft);
  const [missing] = missingSignatures(draft, null);
  if (missing !== undefined) throw unsigned(draftFile, missing.threshold);
  await writeWhole(file, draft);
  await rm(draftFile);
  return draft;
}

function planFirst({ folder, now, threshold }: FirstRootRequest) {
  const lifetimeMs = DEFAULT_LIFETIMES.root;
  const roles = {
    root: keySet('root', folder, threshold),
    targets: keySet('targets', folder, 1),
    snapshot: keySet('snapshot', folder, 1),
    timestamp: keySet('timestamp', folder, 1),
  };
  return planRoot({ version: 1, now, lifetimeMs, roles });
}

/** @throws KubeosError USAGE when the role has too few keys */
export function keySet(role: KeyRole, folder: KeyFolder, threshold: number): KeySet {
  const publicKeys = keysFor(role, folder);
  if (publicKeys.length >= threshold) return { publicKeys, threshold };
  const has = `${publicKeys.length} keys for the role ${role}, which needs ${threshold}`;
  throw new KubeosError('USAGE', `${folder.directory} has ${has}`, {
    hint: `put ${role}.pub there, or ${role}-1.pub, ${role}-2.pub, …; \`kubeos repository key\` makes them`,
  });
}

function unsigned(draftFile: string, threshold: number): KubeosError {
  return new KubeosError('USAGE', `${threshold} more root keys have to sign ${draftFile}`, {
    hint: 'run `kubeos repository sign` on it where they are, bring it back, and run this command again',
  });
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${file}.part`, bytes, { flush: true });
  await moveFile(`${file}.part`, file);
}

async function readOrNull(file: string): Promise<Uint8Array | null> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
