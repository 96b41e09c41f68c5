import { KubeosError } from '../../../errors.ts';
import { TIMESTAMP_PATH } from '../../metadata/repository-path.ts';
import type { FetchSite } from './fetch-arrival.ts';
import { metadataVersion } from './is-metadata-of.ts';
import { keepTimestamp, type SeenTimestamp } from './seen-timestamp.ts';
import { openUpstream, type Upstream } from './upstream.ts';

export interface AskSite extends FetchSite {
  readonly directory: string;
}

/** For one server to answer: whoever waits has an old one to get. */
const ANSWER_MS = 10_000;

const TIMESTAMP_BYTES = 2 ** 16;

/**
 * The first server's word counts, also where its version goes back: so a repository recovers from a stolen key. A
 * later one is only taken where it does not lag behind what was seen.
 *
 * @returns null where the servers that answer have none
 * @throws what the last one failed for
 */
export async function askTimestamp(
  site: AskSite,
  before: SeenTimestamp | null,
): Promise<SeenTimestamp | null> {
  let failure: unknown = null;
  for (const upstream of site.choice.inOrder()) {
    try {
      const found = await fetchFrom(upstream, site);
      site.observe(upstream, found === null ? 'missing' : 'found');
      const least = site.choice.isFirst(upstream) ? null : before;
      if (found !== null && !isBehind(found, least)) return await kept(found, before, site);
    } catch (error) {
      site.signal.throwIfAborted();
      site.observe(upstream, 'failed');
      failure = isTimeout(error) ? tooLate(upstream) : error;
    }
  }
  if (failure !== null) throw failure;
  return null;
}

function isBehind(found: SeenTimestamp, least: SeenTimestamp | null): boolean {
  return least !== null && found.version < least.version;
}

async function kept(
  found: SeenTimestamp,
  before: SeenTimestamp | null,
  { store }: AskSite,
): Promise<SeenTimestamp> {
  if (before === null || !found.bytes.equals(before.bytes)) await keepTimestamp(found, store);
  return found;
}

async function fetchFrom(upstream: Upstream, site: AskSite): Promise<SeenTimestamp | null> {
  const signal = AbortSignal.any([site.signal, AbortSignal.timeout(ANSWER_MS)]);
  const opened = await openUpstream(upstream, { path: TIMESTAMP_PATH, start: 0, signal });
  if (opened === null) return null;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of opened.chunks) {
    length += chunk.length;
    if (length > TIMESTAMP_BYTES) throw noTimestamp(upstream);
    chunks.push(chunk);
  }
  site.count(length);
  const bytes = Buffer.concat(chunks);
  const version = metadataVersion(bytes, ['timestamp']);
  if (version === null) throw noTimestamp(upstream);
  return { bytes, version, modifiedMs: opened.modifiedMs, seenMs: Date.now() };
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name === 'TimeoutError';
}

function tooLate({ base }: Upstream): KubeosError {
  return new KubeosError('TIMED_OUT', `${base.href} did not answer in ${ANSWER_MS / 1000} s`);
}

function noTimestamp({ base }: Upstream): KubeosError {
  return new KubeosError('UNTRUSTED', `${base.href}${TIMESTAMP_PATH} is no timestamp`);
}
