import { open, stat } from 'node:fs/promises';
import { KubeosError } from '../../errors.ts';
import type { ListedRelease } from '../metadata/listed-targets.ts';
import { positionalReader } from '../pack/positional-reader.ts';
import { fetchRelease, type FetchProgress, type FetchReport } from './fetch-release.ts';
import { imageTable } from './image-table.ts';
import { loadRelease } from './load-release.ts';
import { openRepository } from './open-repository.ts';
import { openSource, type SourceOptions } from './open-source.ts';
import { openTarget } from './open-target.ts';
import { resolveRelease } from './resolve-release.ts';
import type { Source } from './source.ts';
import type { Base } from './target.ts';
import { timeBudget } from './time-budget.ts';

/** Why a release may be believed: signed metadata lists it, or somebody vouches for its digest. */
export type Trust =
  | {
      readonly kind: 'root';
      /** root.json that trust starts from. */
      readonly root: Uint8Array;
      /** Directory for the metadata that was trusted last, or null. */
      readonly cache: string | null;
      readonly now: Date;
      readonly allowExpired: boolean;
    }
  | { readonly kind: 'digest' };

export interface FetchFileRequest {
  /** One repository, at one or more addresses. */
  readonly addresses: readonly string[];
  readonly options: SourceOptions;
  readonly trust: Trust;
  /** `sha256:…`; with trust in a root also a channel or a version. */
  readonly name: string;
  /** File or block device. */
  readonly output: string;
  /** File with an older image, or null. */
  readonly base: string | null;
  readonly maxDurationMs?: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: FetchProgress) => void;
}

export interface FetchFileReport extends FetchReport {
  readonly digest: string;
  readonly version: string;
}

/**
 * Fetches the root image of a release into a file or block device.
 *
 * @throws KubeosError NETWORK, UNTRUSTED, RELEASE_INVALID, NO_SPACE, HOST_NOT_READY, TIMED_OUT, CANCELLED, USAGE
 */
export async function fetchToFile(request: FetchFileRequest): Promise<FetchFileReport> {
  const { addresses, options, name, output, onProgress } = request;
  using time = timeBudget(request.signal, request.maxDurationMs);
  const { signal } = time;
  using opened = openSource(addresses, options);
  const listed = await trustedRelease(request, opened.source, signal);
  const release = await loadRelease(opened.source, listed?.digest ?? name, signal);
  await using base = request.base === null ? null : await openBase(request.base, signal);
  await using target = await openTarget(output, release.table.imageBytes);
  const report = await fetchRelease({
    ...opened,
    release,
    listed,
    target,
    base,
    signal,
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  return { digest: release.digest, version: release.manifest.version, ...report };
}

async function trustedRelease(
  { trust, name }: FetchFileRequest,
  source: Source,
  signal: AbortSignal,
): Promise<ListedRelease | null> {
  if (trust.kind === 'digest') return null;
  const repository = await openRepository({ ...trust, source, signal });
  return await resolveRelease({ repository, source, name, signal });
}

async function openBase(file: string, signal: AbortSignal): Promise<Base & AsyncDisposable> {
  // A pipe would be waited for for ever, a device would seem empty.
  const isFile = await stat(file).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) {
    throw new KubeosError('USAGE', `${file}, the base, is no file`, {
      hint: 'give the root image of another release as a file that is there',
    });
  }
  const table = await imageTable(file, signal);
  const handle = await open(file);
  return {
    release: null,
    table,
    read: positionalReader(handle),
    [Symbol.asyncDispose]: async () => await handle.close(),
  };
}
