import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import { SLOT_CONFIGURATION_BYTES, SLOT_SUMS_BYTES } from '../../disk/slot-files.ts';
import { loadRelease, readPinned, type LoadedRelease } from '../../release/fetch/load-release.ts';
import { openRepository, type RepositoryRequest } from '../../release/fetch/open-repository.ts';
import { resolveRelease } from '../../release/fetch/resolve-release.ts';
import { SourceError, type Source } from '../../release/fetch/source.ts';
import type { BaseTable } from '../../release/fetch/target.ts';
import type { ListedRelease, ListedTarget } from '../../release/metadata/listed-targets.ts';
import { MetadataError } from '../../release/metadata/metadata-error.ts';
import type { VerifiedRelease } from './prepare-slot.ts';

/** A repository that this node trusts: named in its image, below /usr. */
export interface TrustedRepository {
  readonly name: string;
  readonly url: string;
  /** TUF's root.json. */
  readonly root: Uint8Array;
}

const NAME = /^[a-z0-9][a-z0-9.-]{0,63}$/;
const described = z.strictObject({ name: z.string().regex(NAME), url: z.url() });

/** @throws KubeosError USAGE for a repository that the image does not name */
export async function readRepository(directory: string, name: string): Promise<TrustedRepository> {
  if (!NAME.test(name)) throw unknownRepository(name);
  const place = path.join(directory, name);
  const text = await readFile(path.join(place, 'repository.json'), 'utf8').catch(() => {
    throw unknownRepository(name);
  });
  const { url } = described.parse(JSON.parse(text));
  return { name, url, root: await readFile(path.join(place, 'root.json')) };
}

function unknownRepository(name: string): KubeosError {
  return new KubeosError('USAGE', `this node trusts no repository ${JSON.stringify(name)}`, {
    hint: 'repositories are named in the image definition (repository), and come with an image',
  });
}

export interface ReleaseQuestion {
  readonly repository: TrustedRepository;
  readonly source: Source;
  /** Directory of the metadata that was trusted last. */
  readonly cache: string;
  /** `sha256:…`, or a channel or version where a person asks. */
  readonly name: string;
  readonly now: Date;
  /** Digest of what the standby slot is being filled with: it was verified when that was begun. */
  readonly begun: string | null;
  readonly signal: AbortSignal;
}

export interface FoundRelease {
  readonly listed: ListedRelease;
  readonly loaded: LoadedRelease;
  readonly verified: VerifiedRelease;
}

/** The release that is meant, with everything that its metadata pins. @throws KubeosError UNTRUSTED, NETWORK, USAGE */
export async function loadVerifiedRelease(question: ReleaseQuestion): Promise<FoundRelease> {
  const { source, signal, repository } = question;
  const listed = await findListed({ ...question, root: repository.root });
  const loaded = await loadRelease(source, listed.digest, signal);
  const bootFiles = {
    configuration: await bootFile(question, listed.bootConfig, SLOT_CONFIGURATION_BYTES),
    sums: await bootFile(question, listed.bootSum, SLOT_SUMS_BYTES),
  };
  return { listed, loaded, verified: { ...loaded, bootFiles } };
}

/** Metadata that ended allows no new upgrade, and is not in the way of one that was begun before it did. */
async function findListed(
  question: ReleaseQuestion & Pick<RepositoryRequest, 'root'>,
): Promise<ListedRelease> {
  const listed = async (allowExpired: boolean): Promise<ListedRelease> => {
    const repository = await openRepository({ ...question, allowExpired, mayForget: true });
    return await resolveRelease({ ...question, repository });
  };
  try {
    return await listed(false);
  } catch (error) {
    const hasEnded = error instanceof MetadataError && error.refusal === 'expired';
    if (!hasEnded || question.begun === null) throw error;
    const found = await listed(true);
    if (found.digest !== question.begun) throw error;
    return found;
  }
}

async function bootFile(
  { source, signal }: ReleaseQuestion,
  { path: place, sha256, length }: ListedTarget,
  bytes: number,
): Promise<Uint8Array> {
  if (length === bytes)
    return await readPinned(source, { path: place, sha256, maxBytes: bytes, signal });
  throw new KubeosError('RELEASE_INVALID', `${place} has ${length} bytes, expected ${bytes}`);
}

/** The block table of what runs; null where the repository has it no more: then no blocks are taken from it. */
export async function activeTable(
  { source, signal }: ReleaseQuestion,
  digest: string | undefined,
): Promise<BaseTable | null> {
  if (digest === undefined) return null;
  try {
    return (await loadRelease(source, digest, signal)).table;
  } catch (error) {
    if (error instanceof SourceError && error.failure === 'missing') return null;
    throw error;
  }
}
