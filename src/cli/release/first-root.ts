import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import type { AskPassphrase } from '../../release/repository/key-file.ts';
import { DEFAULT_LIFETIMES } from '../../release/repository/lifetimes.ts';
import {
  draftRoot,
  missingSignatures,
  planRoot,
  signRoot,
  type KeySet,
} from '../../release/repository/root-document.ts';
import { unsignedRoot } from '../../release/repository/rotate-keys.ts';
import { keysFor, ROOT_FILE, type KeyFolder } from './key-folder.ts';
import { keyAt, writePublic } from './key-pair.ts';
import type { KeyRole } from './key-roles.ts';
import { readOrNull, rootDraftsIn, writeWhole } from './root-drafts.ts';

/** Where none were brought, the root needs two of three. */
const ROOT_KEYS = ['root-1', 'root-2', 'root-3'];
const OTHER_KEYS = ['targets', 'snapshot', 'timestamp', 'halt'];

/** No keys yet, or what `createFirstKeys` left that was stopped: a key of its own without the public half. */
export function isUnfinished({ publicKeys, keyFiles }: KeyFolder): boolean {
  const isHalf = (name: string): boolean => keyFiles.has(name) && !publicKeys.has(name);
  return publicKeys.size === 0 || [...ROOT_KEYS, ...OTHER_KEYS].some(isHalf);
}

/**
 * The keys that a repository begins with. `rootKeys` are public keys of other machines: then no root key is made here.
 * Public halves come last, so that a folder that has some is one that somebody filled, or is finished by the same again.
 */
export async function createFirstKeys(
  { directory, publicKeys }: KeyFolder,
  rootKeys: readonly string[],
  ask: AskPassphrase,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const names = [...(rootKeys.length === 0 ? ROOT_KEYS : []), ...OTHER_KEYS];
  const made = new Map(rootKeys.map((key, index) => [`root-${index + 1}`, key]));
  for (const name of names.filter((name) => !publicKeys.has(name))) {
    made.set(name, await keyAt(path.join(directory, name), ask));
  }
  for (const [name, key] of made) await writePublic(path.join(directory, name), key);
}

/** @throws KubeosError USAGE when the folder was made with other root keys */
export function assertRootKeys(folder: KeyFolder, rootKeys: readonly string[]): void {
  const there = keysFor('root', folder);
  if (rootKeys.length === 0 || rootKeys.toSorted().join() === there.toSorted().join()) return;
  throw new KubeosError('USAGE', `${folder.directory} has other root keys than those given`, {
    hint: 'name another folder with --keys, or leave --root-keys out',
  });
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
  const drafts = rootDraftsIn(folder.directory);
  let draft = (await drafts.read()) ?? draftRoot(planFirst(request));
  const rootKeys = new Set(keysFor('root', folder));
  for (const signer of folder.signers.filter(({ publicKey }) => rootKeys.has(publicKey))) {
    if (missingSignatures(draft, null).length > 0) draft = await signRoot(draft, signer);
  }
  await drafts.write(draft);
  const [missing] = missingSignatures(draft, null);
  if (missing !== undefined) throw unsignedRoot(drafts.place, missing);
  await writeWhole(file, draft);
  await drafts.remove();
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
