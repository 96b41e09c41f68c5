import test from 'ava';
import type { KnownVersions } from '../known-versions.ts';
import { MetadataError, type MetadataRefusal } from '../metadata-error.ts';
import { verifyRepository, type VerifiedRepository } from '../verify-repository.ts';
import { idOf, SET_TIME, signedSet, type SetOptions } from './signed-set.ts';

/** What a client is shown. */
export interface Attempt {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly root?: Uint8Array;
  readonly now?: Date;
  readonly known?: KnownVersions;
}

export async function verify(attempt: Attempt): Promise<VerifiedRepository> {
  const { files, now = SET_TIME, known = null } = attempt;
  const root = attempt.root ?? fileOf(files, '1.root.json');
  return await verifyRepository({
    root,
    now,
    known,
    read: async (file) => files.get(file) ?? null,
  });
}

export function fileOf(files: ReadonlyMap<string, Uint8Array>, name: string): Uint8Array {
  const bytes = files.get(name);
  if (bytes === undefined) throw new Error(`the set has no ${name}`);
  return bytes;
}

/** Refused, for that kind of reason, in that file. */
export const refused = test.macro({
  exec: async (t, expected: `${MetadataRefusal} ${string}`, attempt: () => Promise<Attempt>) => {
    const error = await t.throwsAsync(verify(await attempt()), { instanceOf: MetadataError });
    const [refusal, ...file] = expected.split(' ');
    t.like(error, { code: 'UNTRUSTED', refusal, file: file.join(' ') });
    t.true((error?.message.length ?? 0) < 600);
  },
  title: (title) => `refused: ${title ?? ''}`,
});

export const set =
  (options: SetOptions, more: Omit<Attempt, 'files'> = {}) =>
  async (): Promise<Attempt> => ({ files: await signedSet(options), ...more });

export const edit = (...one: NonNullable<SetOptions['edits']>[number]) => set({ edits: [one] });

/** The first root is given, the second one fetched under that name. */
export async function withRoot(second: SetOptions, name = '2.root.json'): Promise<Attempt> {
  const first = await signedSet();
  const next = await signedSet({ ...second, versions: { root: 2, ...second.versions } });
  const bytes = [...next].find(([file]) => file.endsWith('.root.json'))?.[1] ?? new Uint8Array();
  return { files: new Map([...next, [name, bytes]]), root: fileOf(first, '1.root.json') };
}

/** The versions of the set with `NEWEST`. */
export const KNOWN: KnownVersions = {
  root: 1,
  timestamp: 5,
  snapshot: 4,
  targets: 3,
  halt: 2,
  keys: {
    timestamp: [idOf('timestamp')],
    snapshot: [idOf('snapshot')],
    targets: [idOf('targets')],
  },
};

export const NEWEST = { timestamp: 5, snapshot: 4, targets: 3, halt: 2 } as const;
