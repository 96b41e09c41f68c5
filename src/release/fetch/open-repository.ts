import { isDeepStrictEqual } from 'node:util';
import { MetadataError } from '../metadata/metadata-error.ts';
import { verifyRepository, type VerifiedRepository } from '../metadata/verify-repository.ts';
import {
  loadMetadataCache,
  NO_CACHE,
  saveMetadataCache,
  type MetadataCache,
} from './metadata-cache.ts';
import type { Source } from './source.ts';

export interface RepositoryRequest {
  readonly source: Source;
  /** root.json that trust starts from, at every start. */
  readonly root: Uint8Array;
  /** Directory for what was trusted last; null keeps nothing: then an older set cannot be told. */
  readonly cache: string | null;
  /** The later of the clock and the time that this image was built. */
  readonly now: Date;
  readonly signal: AbortSignal;
  /** A person takes metadata that is past its end. */
  readonly allowExpired?: boolean;
  /**
   * Goes on where the cache cannot be written for want of room: it stays as it was, so an older set than that is still
   * told, and newer ones are not remembered.
   */
  readonly mayForget?: boolean;
}

/**
 * The signed metadata of a repository, verified from the given root. What is refused, of one mirror or by a cache on
 * the way, is asked for again without caches, of the next mirror.
 *
 * @throws MetadataError (UNTRUSTED) of the last try; KubeosError NETWORK
 */
export async function openRepository(request: RepositoryRequest): Promise<VerifiedRepository> {
  const cache = request.cache === null ? NO_CACHE : await loadMetadataCache(request.cache);
  const repository = await verifyAnywhere(request, cache);
  const { known, issuedAfter, files } = repository;
  const state = { known, issuedAfter: issuedAfter.getTime() };
  if (request.cache !== null && !isDeepStrictEqual(state, cache.state)) {
    await saveMetadataCache(request.cache, state, files).catch((error: unknown) => {
      if (request.mayForget !== true || !isForWantOfRoom(error)) throw error;
    });
  }
  return repository;
}

const isForWantOfRoom = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && NO_ROOM.has(error.code);

const NO_ROOM: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);

async function verifyAnywhere(
  request: RepositoryRequest,
  cache: MetadataCache,
): Promise<VerifiedRepository> {
  const { source } = request;
  try {
    return await verifyOnce(request, cache, { isFresh: false });
  } catch (error) {
    if (!(error instanceof MetadataError)) throw error;
  }
  for (let left = source.mirrors; ; left -= 1) {
    try {
      return await verifyOnce(request, cache, { isFresh: true });
    } catch (error) {
      if (!(error instanceof MetadataError) || left <= 1) throw error;
      source.distrust();
    }
  }
}

/** `isFresh`: nothing that was kept here or on the way, but for the versions that are known. */
async function verifyOnce(
  { source, root, now, signal, allowExpired = false }: RepositoryRequest,
  { state, read }: MetadataCache,
  { isFresh }: { readonly isFresh: boolean },
): Promise<VerifiedRepository> {
  return await verifyRepository({
    root,
    now: new Date(Math.max(now.getTime(), state?.issuedAfter ?? 0)),
    known: state?.known ?? null,
    allowExpired,
    read: async (file, maxBytes) => {
      // Files with a number never change.
      const kept = isFresh || file === 'timestamp.json' ? null : await read(file, maxBytes);
      // There is no root after the last one: every fetch hears that.
      const mayBeMissing = file.endsWith('.root.json');
      const request = { maxBytes, signal, isFresh, mayBeMissing };
      return kept ?? (await source.readSmall(`metadata/${file}`, request));
    },
  });
}
