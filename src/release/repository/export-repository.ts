import { KubeosError } from '../../errors.ts';
import { metadataOf, readBytes } from './read-bytes.ts';
import { assertSameCopy } from './assert-same-copy.ts';
import { contentOfBytes } from './content.ts';
import { verifyRepository, type VerifiedRepository } from '../metadata/verify-repository.ts';
import type { ListedRelease, ListedTarget } from '../metadata/listed-targets.ts';
import { storedPath } from '../metadata/target-name.ts';
import { directoryStore } from './directory-store.ts';
import type { StateRequest } from './repository-state.ts';
import { TIMESTAMP_PATH } from '../metadata/repository-path.ts';
import type { Content, RepositoryStore } from './repository-store.ts';
import { targetsOf, verifyPublished, type PublishedReport } from './verify-published.ts';

export interface ExportRequest extends StateRequest {
  /** Digests of the releases whose files are copied. */
  readonly releases: readonly string[];
  /** A directory of its own; it may hold an earlier or interrupted export of the same repository. */
  readonly directory: string;
}

/**
 * Copies a repository with the files of some releases into a directory that serves a site without network. The metadata
 * is the signed one, unchanged. The timestamp comes last, and an older one goes away first: an interrupted copy has
 * none, and is refused as incomplete.
 *
 * @throws KubeosError USAGE when a release is not listed, or the directory has a copy that went its own way; RELEASE_INVALID when
 *   the copy is not whole
 */
export async function exportRepository(request: ExportRequest): Promise<PublishedReport> {
  const { store, root, now, releases, directory } = request;
  const repository = await verifyRepository({ root, now, read: metadataOf(store), known: null });
  const chosen = releases.map((digest) => releaseOf(repository, digest));
  const target = directoryStore(directory);
  await copyTo(target, store, { repository, chosen });
  const report = await verifyPublished({ store: target, root, now, releases, depth: 'bytes' });
  if (report.missing.length + report.damaged.length === 0) return report;
  throw new KubeosError('RELEASE_INVALID', `${directory} does not hold what was copied to it`, {
    hint: 'the medium is damaged; try another one',
  });
}

interface Copied {
  readonly repository: VerifiedRepository;
  readonly chosen: readonly ListedRelease[];
}

async function copyTo(
  target: RepositoryStore,
  store: RepositoryStore,
  { repository, chosen }: Copied,
): Promise<void> {
  await using session = await target.begin();
  const timestamp = repository.files.get('timestamp.json');
  if (timestamp === undefined) throw new TypeError('a verified repository has a timestamp');
  const roots = await rootsOf(store, repository.root.version);
  await assertSameCopy(target, new Map([...roots, ...repository.files]));
  const there = await readBytes(target, TIMESTAMP_PATH, 2 ** 20);
  if (there !== null) await session.remove(TIMESTAMP_PATH);
  const files = [...chosen.flatMap(targetsOf), ...smallTargets(repository)];
  for (const file of files) await session.write(file.path, contentIn(store, file));
  for (const [name, bytes] of [...roots, ...repository.files]) {
    if (name !== 'timestamp.json') await session.write(`metadata/${name}`, contentOfBytes(bytes));
  }
  await session.commit(timestamp, null);
}

/** Channels and reasons of a halt: a few bytes each, so that every name in the copy leads somewhere. */
function smallTargets(
  repository: VerifiedRepository,
): readonly Pick<ListedTarget, 'path' | 'length' | 'sha256'>[] {
  const all = { ...repository.targets.targets, ...repository.halt?.targets };
  return Object.entries(all)
    .filter(([, { custom }]) => custom.kind === 'channel' || custom.kind === 'halt')
    .map(([name, { length, hashes }]) => ({
      path: storedPath(name, hashes.sha256),
      length,
      sha256: hashes.sha256,
    }));
}

/** All of them: a node of any age begins with its own. */
async function rootsOf(
  store: RepositoryStore,
  last: number,
): Promise<readonly (readonly [name: string, bytes: Uint8Array])[]> {
  const roots: [string, Uint8Array][] = [];
  for (let version = 1; version <= last; version += 1) {
    const name = `${version}.root.json`;
    const bytes = await readBytes(store, `metadata/${name}`, 2 ** 20);
    if (bytes !== null) roots.push([name, bytes]);
  }
  return roots;
}

/** @throws while it is read, when the store does not have it; the copy then has other bytes, and is refused */
function contentIn(
  store: RepositoryStore,
  { path, length, sha256 }: Pick<ListedTarget, 'path' | 'length' | 'sha256'>,
): Content {
  return {
    size: length,
    sha256,
    async *open() {
      const chunks = await store.read(path);
      if (chunks === null) {
        throw new KubeosError('RELEASE_INVALID', `${store.place} lacks ${path}`, {
          hint: 'publish that release again: what is missing is put back',
        });
      }
      yield* chunks;
    },
  };
}

function releaseOf({ releases }: VerifiedRepository, digest: string): ListedRelease {
  const release = releases.find((listed) => listed.digest === digest);
  if (release !== undefined) return release;
  throw new KubeosError('USAGE', `${digest} is not a release of this repository`);
}
