import { copyFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { KubeosError } from '../../../errors.ts';
import { openScratch } from '../../../host/open-scratch.ts';
import { downloadFile } from '../../lock/download-file.ts';
import { hasDigest } from '../../lock/has-digest.ts';
import type { LockedDnfBase, LockedDnfPackage } from '../../lock/lock-schema.ts';
import type { DnfRequest, FetchedRpm } from './dnf-request.ts';

/**
 * Brings the locked packages into the package cache and checks the SHA-256 of each, cached or not.
 * @throws KubeosError NETWORK for a package that its repository no longer has, LOCK_MISMATCH for other bytes
 */
export async function fetchRpms(
  locked: LockedDnfBase,
  request: DnfRequest,
): Promise<readonly FetchedRpm[]> {
  const totalBytes = locked.packages.reduce((sum, one) => sum + one.size, 0);
  let doneBytes = 0;
  const fetched: FetchedRpm[] = [];
  await using scratch = await openScratch(packageDirectory(request));
  for (const one of locked.packages) {
    request.signal.throwIfAborted();
    const file = packageFile(one, request);
    if (!(await hasDigest(file, one.sha256))) {
      await fetchRpm(one, { file, scratch: scratch.path, locked, request });
    }
    fetched.push({ ...one, path: file });
    doneBytes += one.size;
    request.progress?.({ subject: `${one.name} ${one.version}`, doneBytes, totalBytes });
  }
  return fetched;
}

export function packageFile(one: LockedDnfPackage, request: DnfRequest): string {
  return path.join(packageDirectory(request), `${one.sha256}.rpm`);
}

export function packageDirectory({ packageCache, workDirectory }: DnfRequest): string {
  return packageCache ?? path.join(workDirectory, 'packages');
}

interface RpmTarget {
  readonly file: string;
  readonly scratch: string;
  readonly locked: LockedDnfBase;
  readonly request: DnfRequest;
}

async function fetchRpm(
  one: LockedDnfPackage,
  { file, scratch, locked, request }: RpmTarget,
): Promise<void> {
  const repository = locked.repositories.find(({ id }) => id === one.repository);
  if (repository === undefined) throw strangeRepository(one);
  const inUrl = one.file.split('/').map(encodeURIComponent).join('/');
  const url = `${repository.baseUrl}/${inUrl}`;
  const { sha256, size } = one;
  const subject = `${one.name} ${one.version}`;
  const download = { url, file, scratch, sha256, size, subject, signal: request.signal };
  const isFound = url.startsWith('file:') ? await copyRpm(download) : await downloadFile(download);
  if (isFound) return;
  throw new KubeosError('NETWORK', `${repository.baseUrl} no longer has ${subject}`, {
    hint: 'run `kubeos lock` to move to what it has now, or name a mirror that keeps old versions',
  });
}

async function copyRpm(copy: {
  readonly url: string;
  readonly file: string;
  readonly scratch: string;
  readonly sha256: string;
}): Promise<boolean> {
  const part = path.join(copy.scratch, copy.sha256);
  try {
    await copyFile(fileURLToPath(copy.url), part);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  if (!(await hasDigest(part, copy.sha256))) {
    throw new KubeosError('LOCK_MISMATCH', `${copy.url} is not the locked package`, {
      hint: 'run `kubeos lock` if the repository was meant to change',
    });
  }
  await rename(part, copy.file);
  return true;
}

function strangeRepository(one: LockedDnfPackage): KubeosError {
  return new KubeosError(
    'LOCK_MISMATCH',
    `the lock takes ${one.name} from repository ${one.repository}, which it does not name`,
    { hint: 'run `kubeos lock` to write it anew' },
  );
}
