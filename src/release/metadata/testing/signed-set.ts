import { hash } from 'node:crypto';
import { signMetadata } from '../../repository/sign-metadata.ts';
import { keyIdOf, type Signer } from '../../repository/signer.ts';
import { testKey } from '../../repository/testing/test-keys.ts';
import { ed25519Key } from '../key-id.ts';
import { fileName, haltName } from '../target-name.ts';

export type SetRole = 'root' | 'targets' | 'halt' | 'snapshot' | 'timestamp';

export interface SetOptions {
  /** Paths into the signed parts, and what stands there instead; undefined removes it. */
  readonly edits?: readonly (readonly [SetRole, readonly (string | number)[], unknown])[];
  readonly versions?: Partial<Record<SetRole, number>>;
  /** Words of keys that sign a role instead of its own. */
  readonly signedBy?: Partial<Record<SetRole, readonly string[]>>;
  /** Words of keys that the root gives to a role. */
  readonly keys?: Partial<Record<Exclude<SetRole, 'halt'>, readonly string[]>>;
  readonly rootThreshold?: number;
}

export const SET_TIME = new Date('2026-05-01T12:00:00Z');
export const DIGEST = `sha256:${'7a'.repeat(32)}`;
export const BASE = `sha256:${'b5'.repeat(32)}`;

export const idOf = (word: string): string => keyIdOf(testKey(word).publicKey);

const OWN_KEYS = {
  root: ['root-a', 'root-b', 'root-c'],
  targets: ['targets'],
  snapshot: ['snapshot'],
  timestamp: ['timestamp'],
} as const;

/** The metadata of a repository with one release that is halted; hashes follow the edits. */
export async function signedSet(options: SetOptions = {}): Promise<Map<string, Uint8Array>> {
  const { versions = {}, signedBy = {} } = options;
  const files = new Map<string, Uint8Array>();
  const put = async (role: SetRole, doc: object, words: readonly string[]): Promise<object> => {
    const version = versions[role] ?? 1;
    const full = edited(role, { ...headOf(role, version), ...doc }, options);
    const bytes = await signBy(full, (signedBy[role] ?? words).map(testKey));
    files.set(role === 'timestamp' ? 'timestamp.json' : `${version}.${role}.json`, bytes);
    return { version, length: bytes.length, hashes: { sha256: hash('sha256', bytes) } };
  };
  const keys = { ...OWN_KEYS, ...options.keys };
  await put('root', rootOf(keys, options.rootThreshold ?? 2), keys.root.slice(0, 2));
  const targets = await put('targets', targetsOf(), keys.targets);
  const halt = await put('halt', { targets: { [haltName(DIGEST)]: target('halt') } }, ['halt']);
  const meta = { 'targets.json': targets, 'halt.json': halt };
  const snapshot = await put('snapshot', { meta }, keys.snapshot);
  await put('timestamp', { meta: { 'snapshot.json': snapshot } }, keys.timestamp);
  return files;
}

const ENDS = {
  root: '2027-05-01T12:00:00Z',
  targets: '2027-05-01T12:00:00Z',
  halt: '2027-05-01T12:00:00Z',
  snapshot: '2026-05-31T12:00:00Z',
  timestamp: '2026-05-08T12:00:00Z',
} as const;

const headOf = (role: SetRole, version: number): object => ({
  _type: role === 'halt' ? 'targets' : role,
  spec_version: '1.0.31',
  version,
  expires: ENDS[role],
});

function rootOf(words: Readonly<Record<string, readonly string[]>>, threshold: number): object {
  const all = Object.values(words).flat();
  return {
    consistent_snapshot: true,
    keys: keysOf(all),
    roles: Object.fromEntries(
      Object.entries(words).map(([role, own]) => [
        role,
        { keyids: own.map(idOf), threshold: role === 'root' ? threshold : 1 },
      ]),
    ),
  };
}

const keysOf = (words: readonly string[]): object =>
  Object.fromEntries(words.map((word) => [idOf(word), ed25519Key(testKey(word).publicKey)]));

function targetsOf(): object {
  const release = (file: string, kind: string) => [fileName(DIGEST, file), target(kind)] as const;
  return {
    targets: Object.fromEntries([
      release('manifest.json', 'release'),
      release('boot.cfg', 'boot'),
      release('boot.sum', 'boot'),
      release('image.blocks', 'blocks'),
      release('image.zst', 'image'),
    ]),
    delegations: {
      keys: keysOf(['halt']),
      roles: [
        {
          name: 'halt',
          keyids: [idOf('halt')],
          threshold: 1,
          terminating: true,
          paths: ['halt.*'],
        },
      ],
    },
  };
}

export const target = (kind: string, release = DIGEST): object => ({
  length: 10,
  hashes: { sha256: DIGEST.slice('sha256:'.length) },
  custom: { kind, release },
});

function edited(role: SetRole, doc: object, { edits = [] }: SetOptions): object {
  const copy = structuredClone(doc);
  for (const [edited, path, value] of edits) if (edited === role) place(copy, path, value);
  return copy;
}

/** As JSON.parse would: `__proto__` becomes a key like any other. */
function place(doc: object, path: readonly (string | number)[], value: unknown): void {
  const [key = '', ...rest] = path;
  if (rest.length === 0) {
    Object.defineProperty(doc, key, { value, enumerable: true, configurable: true });
    return;
  }
  const inner: unknown = Object.getOwnPropertyDescriptor(doc, key)?.value;
  if (typeof inner !== 'object' || inner === null) throw new TypeError(`no ${key} to edit`);
  place(inner, rest, value);
}

/** What canonical JSON cannot hold is not signed: it has to be refused before anyone looks at signatures. */
async function signBy(signed: object, signers: readonly Signer[]): Promise<Uint8Array> {
  const keyids = signers.map(({ publicKey }) => keyIdOf(publicKey));
  try {
    return await signMetadata(signed, [{ name: 'test', keyids, threshold: 1 }], signers);
  } catch {
    return Buffer.from(JSON.stringify({ signed, signatures: [] }));
  }
}
