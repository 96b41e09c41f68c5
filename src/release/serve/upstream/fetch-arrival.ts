import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { writeAll } from '../../../disk/write-at.ts';
import { KubeosError } from '../../../errors.ts';
import { SourceError } from '../../fetch/source.ts';
import type { RepositoryPath } from '../../metadata/repository-path.ts';
import type { Arrival } from './arrival.ts';
import type { CacheStore } from './cache-store.ts';
import type { IncomingFile } from './incoming-file.ts';
import { isMetadataOf } from './is-metadata-of.ts';
import { openSomewhere, type FoundUpstream, type UpstreamSite } from './open-somewhere.ts';

export interface FetchSite extends UpstreamSite {
  readonly store: CacheStore;
  readonly count: (bytes: number) => void;
}

export type ImmutablePath = Extract<RepositoryPath, { kind: 'target' | 'metadata' }>;

/** Metadata that is longer is none. */
const METADATA_BYTES = 8 * 2 ** 20;

/** So often in a row may a server be found, and then send nothing. */
const VAIN_ATTEMPTS = 4;

/**
 * Fetches a file into the cache, and lets its readers have what came so far. Where a server stops in the middle the
 * next one goes on: what counts is the digest of the whole. Never throws: the arrival tells its readers.
 */
export async function fetchArrival(
  path: ImmutablePath,
  arrival: Arrival,
  site: FetchSite,
): Promise<void> {
  try {
    const first = await openSomewhere(path.path, 0, site);
    if (first === null) arrival.miss();
    else await fetchFrom(first, { path, arrival, site });
  } catch (error) {
    arrival.fail(error);
  } finally {
    await arrival.leave();
  }
}

interface Fetching {
  readonly path: ImmutablePath;
  readonly arrival: Arrival;
  readonly site: FetchSite;
}

async function fetchFrom(first: FoundUpstream, fetching: Fetching): Promise<void> {
  const { path, site } = fetching;
  const { sizeBytes } = first.opened;
  try {
    if (path.kind === 'metadata' && sizeBytes > METADATA_BYTES) throw wrong(path, first);
    await site.store.withRoom(sizeBytes, async () => await fetchInto(first, fetching));
  } finally {
    // What is not taken after all still occupies a connection, and there are few of them.
    first.opened.close();
  }
}

async function fetchInto(first: FoundUpstream, fetching: Fetching): Promise<void> {
  const { path, arrival, site } = fetching;
  const { sizeBytes, modifiedMs } = first.opened;
  await using incoming = await site.store.openIncoming();
  arrival.begin({ sizeBytes, modifiedMs }, incoming.handle);
  const { last, sha256 } = await receiveAll(first, incoming, fetching);
  if (!(await isRight(path, sha256, incoming))) {
    site.choice.setBack(last.upstream, 'wrong');
    site.observe(last.upstream, 'wrong');
    throw wrong(path, last);
  }
  // Its readers need not wait for the disk.
  arrival.complete();
  await incoming.keep(path.path, modifiedMs);
  site.store.add(path.path, sizeBytes);
}

/** @returns the server that sent the end, and the digest of all */
async function receiveAll(
  first: FoundUpstream,
  { handle }: IncomingFile,
  { path, arrival, site }: Fetching,
): Promise<{ readonly last: FoundUpstream; readonly sha256: string }> {
  const { sizeBytes } = first.opened;
  const hash = createHash('sha256');
  let received = 0;
  const take = async (chunk: Buffer): Promise<void> => {
    if (received + chunk.length > sizeBytes) throw new SourceError('broken', 'too many bytes');
    hash.update(chunk);
    await writeAll(handle, chunk, received);
    received += chunk.length;
    site.count(chunk.length);
    arrival.receive(received);
  };
  for (let last = first, vain = 0; ; last = await goOn(path, received, site)) {
    const before = received;
    await receiveFrom(last, { sizeBytes, take, site });
    if (received === sizeBytes) return { last, sha256: hash.digest('hex') };
    vain = received > before ? 0 : vain + 1;
    if (vain === VAIN_ATTEMPTS) throw new SourceError('broken', `${path.path} stops to arrive`);
  }
}

/** What one server sends, until the end or until it fails. */
async function receiveFrom(
  { upstream, opened }: FoundUpstream,
  {
    sizeBytes,
    take,
    site,
  }: {
    readonly sizeBytes: number;
    readonly take: (chunk: Buffer) => Promise<void>;
    readonly site: FetchSite;
  },
): Promise<void> {
  try {
    if (opened.sizeBytes !== sizeBytes) throw new SourceError('broken', 'has another length');
    for await (const chunk of opened.chunks) await take(chunk);
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    site.choice.setBack(upstream, 'stopped');
    site.observe(upstream, 'failed');
  } finally {
    opened.close();
  }
}

async function goOn(
  { path }: ImmutablePath,
  received: number,
  site: FetchSite,
): Promise<FoundUpstream> {
  const found = await openSomewhere(path, received, site);
  if (found === null) throw new SourceError('missing', `${path} is gone before it was whole`);
  return found;
}

async function isRight(
  path: ImmutablePath,
  sha256: string,
  { place }: IncomingFile,
): Promise<boolean> {
  return path.kind === 'target'
    ? path.sha256 === sha256
    : isMetadataOf(await readFile(place), path);
}

function wrong({ path }: ImmutablePath, { upstream }: FoundUpstream): KubeosError {
  return new KubeosError('UNTRUSTED', `${upstream.base.href} sent other bytes for ${path}`, {
    hint: 'they were thrown away; see what that server, or a proxy on the way, does',
  });
}
