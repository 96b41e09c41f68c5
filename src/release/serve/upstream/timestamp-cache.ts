import { createHash } from 'node:crypto';
import { SourceError } from '../../fetch/source.ts';
import type { Content } from '../content.ts';
import { askTimestamp, type AskSite } from './ask-timestamp.ts';
import { readTimestamp, type SeenTimestamp } from './seen-timestamp.ts';

export interface TimestampSite extends AskSite {
  /** So long the timestamp is served without asking; milliseconds. */
  readonly freshMs: number;
}

/** A client that wants no cache's word gets that of the server, but no oftener than this. */
const LEAST_FRESH_MS = 1_000;

export type FindTimestamp = (isUncached: boolean) => Promise<Content | undefined>;

/**
 * The one file that changes. It is asked for anew when it is older than `freshMs`; where no server answers, the last
 * one is served with its age and a warning. Signatures and dates in it are for clients to judge.
 */
export function cacheTimestamp(site: TimestampSite): FindTimestamp {
  let seen: SeenTimestamp | null = null;
  let failure: unknown = null;
  let triedMs = Number.NEGATIVE_INFINITY;
  let asking: Promise<void> | null = null;
  const ask = async (): Promise<void> => {
    triedMs = performance.now();
    seen ??= await readTimestamp(site.directory);
    try {
      const found = await askTimestamp(site, seen);
      // A server that lost its repository is out of order, for those who knew it before.
      failure = found === null && seen !== null ? new SourceError('missing', 'is gone') : null;
      seen = found ?? seen;
    } catch (error) {
      failure = error;
      // From the end of it: who has waited for servers that do not answer has not to wait again at once.
      triedMs = performance.now();
    }
  };
  return async (isUncached) => {
    const freshMs = isUncached ? Math.min(LEAST_FRESH_MS, site.freshMs) : site.freshMs;
    if (performance.now() - triedMs >= freshMs) {
      asking ??= ask().finally(() => (asking = null));
    }
    await asking;
    if (seen !== null) return contentOf(seen, failure !== null);
    if (failure !== null) throw failure;
    return undefined;
  };
}

function contentOf({ bytes, modifiedMs, seenMs }: SeenTimestamp, isStale: boolean): Content {
  const ageSeconds = Math.max(0, Math.round((Date.now() - seenMs) / 1000));
  return {
    sizeBytes: bytes.length,
    etag: `"${createHash('sha256').update(bytes).digest('hex')}"`,
    modifiedMs,
    origin: isStale ? 'stale' : 'cache',
    headers: {
      Age: String(ageSeconds),
      // RFC 7234 section 5.5.2; RFC 9111 knows it no more, people who look for a fault do.
      ...(isStale ? { Warning: '111 - "Revalidation Failed"' } : {}),
    },
    read: async (buffer, position) => {
      bytes.copy(buffer, 0, position, position + buffer.length);
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
