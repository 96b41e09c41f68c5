import path from 'node:path';
import { KubeosError } from '../../errors.ts';
import { openScratch } from '../../host/open-scratch.ts';
import { downloadFile } from './download-file.ts';
import { hasDigest } from './has-digest.ts';
import type { LockedAptBase, LockedAptPackage, LockedAptSource } from './lock-schema.ts';

const PARALLEL = 4;

export interface FetchRequest {
  readonly base: LockedAptBase;
  /** Kept between builds: packages by their SHA-256, shared by every image of this user. */
  readonly cacheDirectory: string;
  readonly signal: AbortSignal;
  readonly progress?: (progress: FetchProgress) => void;
}

export interface FetchProgress {
  /** The package that was just found or fetched. */
  readonly subject: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface FetchedPackage extends LockedAptPackage {
  /** The package file; its bytes were hashed in this call. */
  readonly path: string;
}

/**
 * Brings the locked packages into the cache, four at a time, and checks the SHA-256 of each, cached or not.
 * @throws KubeosError NETWORK for a package that its source no longer has, LOCK_MISMATCH for other bytes, CANCELLED
 */
export async function fetchLockedPackages(
  request: FetchRequest,
): Promise<readonly FetchedPackage[]> {
  const { packages } = request.base;
  await using scratch = await openScratch(request.cacheDirectory);
  const totalBytes = packages.reduce((sum, one) => sum + one.size, 0);
  let doneBytes = 0;
  await inParallel(packages, request.signal, async (one, signal) => {
    await fetchPackage(one, { ...request, signal, scratch: scratch.path });
    doneBytes += one.size;
    request.progress?.({ subject: `${one.name} ${one.version}`, doneBytes, totalBytes });
  });
  return packages.map((one) => ({ ...one, path: cachedPath(one, request) }));
}

/**
 * Workers share one iterator, so that each takes the next package when it is free. The first failure stops
 * the others, and is thrown when they have cleaned up.
 */
async function inParallel(
  packages: readonly LockedAptPackage[],
  outerSignal: AbortSignal,
  work: (one: LockedAptPackage, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([outerSignal, failure.signal]);
  const queue = packages.values();
  const worker = async (): Promise<void> => {
    for (const one of queue) {
      if (signal.aborted) return;
      await work(one, signal).catch((error: unknown) => {
        failure.abort(error);
      });
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  if (failure.signal.aborted) throw failure.signal.reason;
  if (outerSignal.aborted) throw new KubeosError('CANCELLED', 'stopped fetching packages');
}

async function fetchPackage(
  one: LockedAptPackage,
  request: FetchRequest & { readonly scratch: string },
): Promise<void> {
  const file = cachedPath(one, request);
  if (await hasDigest(file, one.sha256)) return;
  const source = request.base.sources[one.source];
  if (source === undefined) throw new Error(`the lock has no source ${String(one.source)}`);
  const subject = `${one.name} ${one.version}`;
  const { sha256, size } = one;
  const { signal, scratch } = request;
  const url = packageUrl(one, source);
  const found = await downloadFile({ url, file, scratch, sha256, size, subject, signal });
  if (!found) throw goneFromMirror(one, source);
}

function cachedPath(one: LockedAptPackage, { cacheDirectory }: FetchRequest): string {
  return path.join(cacheDirectory, `${one.sha256}.deb`);
}

/** `+` is escaped as apt does it: some servers read a bare one as a space. */
export function packageUrl(one: LockedAptPackage, source: LockedAptSource): string {
  const file = one.file.split('/').map(encodeURIComponent).join('/');
  return `${source.uri.replace(/\/+$/, '')}/${file}`;
}

function goneFromMirror(one: LockedAptPackage, source: LockedAptSource): KubeosError {
  const time = source.date.replaceAll(/[-:]/g, '');
  const archive = new URL(source.uri).pathname.split('/').findLast((part) => part !== '');
  return new KubeosError('NETWORK', `${source.uri} no longer has ${one.name} ${one.version}`, {
    hint:
      'run `kubeos lock` to move to what it has now; or name a mirror that keeps old versions under ' +
      `base.sources, for example https://snapshot.debian.org/archive/${archive ?? 'debian'}/${time}`,
  });
}
