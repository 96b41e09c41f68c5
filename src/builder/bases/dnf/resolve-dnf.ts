import { createHash } from 'node:crypto';
import { copyFile, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { KubeosError } from '../../../errors.ts';
import { openScratch } from '../../../host/open-scratch.ts';
import { compareText } from '../../inventory/compare-text.ts';
import type { LockedDnfBase, LockedDnfPackage } from '../../lock/lock-schema.ts';
import { hashRange, wholeFile } from '../byte-range.ts';
import { checkSignatures } from './check-signatures.ts';
import { type DnfCaller, downloadCommand, listCommand } from './dnf-commands.ts';
import { dnfPlaces } from './dnf-places.ts';
import type { DnfRequest, FetchedRpm } from './dnf-request.ts';
import { dnfNameOf, expandedUrl, STATE_DIRECTORY, writeDnfSettings } from './dnf-settings.ts';
import { throwExplained } from './explain-dnf-failure.ts';
import { packageDirectory, packageFile } from './fetch-rpms.ts';
import { type ListedRpm, parseRepoquery } from './parse-repoquery.ts';
import { removeRoot } from './remove-root.ts';

/**
 * What dnf would install into an empty root now, each package by its SHA-256: it is downloaded, and its signature
 * checked, on the way, and stays in the package cache.
 * @throws KubeosError DEFINITION_INVALID for a package that is not there or cannot be installed, NETWORK,
 * BUILD_CHECK_FAILED for a signature or a checksum that is wrong
 */
export async function resolveDnf(request: DnfRequest): Promise<LockedDnfBase> {
  const { base, packages, workDirectory, commands } = request;
  if (packages.length === 0) throw nothingAsked();
  await using settings = await writeDnfSettings(request, base.repositories);
  const { resolveRoot: root, downloads } = dnfPlaces(workDirectory);
  await mkdir(root);
  await mkdir(downloads);
  const caller = { request, settings, root };
  try {
    await commands.run(downloadCommand(caller, downloads)).catch(throwExplained);
    const found = await lockDownloads(downloads, caller);
    await checkSignatures(found, request, settings);
    await keepInCache(found, request);
    return {
      type: 'dnf',
      release: base.release,
      repositories: await lockRepositories(caller),
      requested: packages.toSorted(compareText),
      packages: found.map(({ path: _path, ...one }) => one),
    };
  } finally {
    await removeRoot(root, request);
  }
}

function nothingAsked(): KubeosError {
  return new KubeosError(
    'DEFINITION_INVALID',
    'packages is empty, and base dnf installs nothing else',
    {
      hint: 'list the packages of the image under packages: a kernel, systemd and what they need to boot',
    },
  );
}

async function lockRepositories(caller: DnfCaller): Promise<LockedDnfBase['repositories']> {
  const { base } = caller.request;
  return await Promise.all(
    base.repositories.map(async (one) => {
      const index = await readFile(await indexOf(one.id, caller.root));
      const sha256 = createHash('sha256').update(index).digest('hex');
      return { id: one.id, baseUrl: expandedUrl(one, caller.request), sha256 };
    }),
  );
}

/** dnf's cache of a repository is called by its id and sixteen digits of a hash of its address. */
async function indexOf(id: string, root: string): Promise<string> {
  const cache = path.join(root, STATE_DIRECTORY, 'cache');
  const name = (await readdir(cache)).find(
    (one) => one.slice(0, -16) === `${dnfNameOf(id)}-` && /[0-9a-f]{16}$/.test(one),
  );
  return path.join(cache, name ?? id, 'repodata/repomd.xml');
}

async function lockDownloads(downloads: string, caller: DnfCaller): Promise<readonly FetchedRpm[]> {
  const { request } = caller;
  const files = (await readdir(downloads)).filter((name) => name.endsWith('.rpm'));
  const { stdout } = await request.commands.run(listCommand(caller)).catch(throwExplained);
  const ids = request.base.repositories.map(({ id }) => id);
  const listed = parseRepoquery(stdout, ids);
  const found = await Promise.all(
    files.map(async (name) => {
      const range = await wholeFile(path.join(downloads, name));
      const sha256 = await hashRange(range, request.signal);
      return { ...lockedRpm(name, range.length, listed), sha256, path: range.path };
    }),
  );
  return found.toSorted((a, b) => compareText(a.name, b.name) || compareText(a.arch, b.arch));
}

function lockedRpm(
  file: string,
  size: number,
  listed: readonly ListedRpm[],
): Omit<LockedDnfPackage, 'sha256'> {
  const one = listed.find((rpm) => path.posix.basename(rpm.file) === file && rpm.size === size);
  if (one !== undefined) return one;
  throw new KubeosError('BUILD_CHECK_FAILED', `dnf downloaded ${file}, which no repository lists`, {
    hint: 'the repository is changing right now; try again in a few minutes',
  });
}

async function keepInCache(packages: readonly FetchedRpm[], request: DnfRequest): Promise<void> {
  await using scratch = await openScratch(packageDirectory(request));
  for (const one of packages) {
    const part = path.join(scratch.path, one.sha256);
    // The cache may be on another file system.
    await copyFile(one.path, part);
    await rename(part, packageFile(one, request));
  }
}
