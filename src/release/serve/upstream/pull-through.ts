import { httpAgents, type ProxyVariables, type TlsFiles } from '../../fetch/http-agents.ts';
import { HTTP_LIMITS, type HttpLimits } from '../../fetch/http-limits.ts';
import { KubeosError } from '../../../errors.ts';
import type { FindContent } from '../content.ts';
import { directoryContents } from '../directory-contents.ts';
import type { ServeMetrics } from '../serve-metrics.ts';
import { openCacheStore } from './cache-store.ts';
import { chooseUpstream } from './choose-upstream.ts';
import { claimCache } from './claim-cache.ts';
import type { FetchSite } from './fetch-arrival.ts';
import { JoinedArrivals, UPSTREAM_SOCKETS } from './join-arrivals.ts';
import { cacheTimestamp } from './timestamp-cache.ts';
import type { Upstream } from './upstream.ts';

export interface PullThroughOptions {
  readonly directory: string;
  /** In the order in which they are asked. */
  readonly upstreams: readonly [URL, ...URL[]];
  readonly tls: TlsFiles;
  readonly proxy: ProxyVariables;
  /** All files together; bytes. */
  readonly limitBytes: number;
  /** How long the timestamp, and that there is no such file, is told without asking; milliseconds. */
  readonly freshMs: number;
  readonly metrics: ServeMetrics;
  readonly limits?: HttpLimits;
}

export interface PullThrough extends AsyncDisposable {
  readonly find: FindContent;
}

/** Before all servers are asked a second time. */
const PAUSE_MS = 500;

/**
 * A cache of another repository: what it lacks is fetched once, and served to all who want it while it arrives.
 *
 * @throws KubeosError USAGE for a directory that is no cache of it
 */
export async function pullThrough(options: PullThroughOptions): Promise<PullThrough> {
  const { directory, upstreams, limitBytes, freshMs, metrics } = options;
  await claimCache(directory, withoutCredentials(upstreams[0]).href);
  const stopped = new AbortController();
  const servers = upstreams.map((address) => upstreamOf(address, options));
  const store = await openCacheStore(directory, limitBytes, {
    sized: (bytes) => metrics.cacheBytes.set(bytes),
    evicted: (bytes) => metrics.evictedBytes.inc(bytes),
  });
  const site: FetchSite = {
    choice: chooseUpstream(servers),
    store,
    signal: stopped.signal,
    pauseMs: PAUSE_MS,
    observe: ({ base }, result) => metrics.upstreamRequests.inc({ upstream: base.host, result }),
    count: (bytes) => metrics.upstreamBytes.inc(bytes),
  };
  const stored = await directoryContents(directory, 'cache');
  const findTimestamp = cacheTimestamp({ ...site, directory, freshMs });
  const arrivals = new JoinedArrivals(stored.find, site, freshMs);
  return {
    find: async ({ path, isUncached }) => {
      const content =
        path.kind === 'timestamp'
          ? await findTimestamp(isUncached)
          : await arrivals.find(path, isUncached);
      metrics.cache.inc({ origin: content?.origin ?? 'missing' });
      return content;
    },
    async [Symbol.asyncDispose]() {
      stopped.abort(new KubeosError('CANCELLED', 'the server stops'));
      await arrivals.settled();
      for (const { agents } of servers) agents.close();
      await stored[Symbol.asyncDispose]();
    },
  };
}

function upstreamOf(address: URL, { tls, proxy, limits }: PullThroughOptions): Upstream {
  const base = withoutCredentials(address);
  return {
    base,
    authorization: basicOf(address),
    agents: httpAgents(base.origin, { tls, proxy, maxSockets: UPSTREAM_SOCKETS }),
    limits: limits ?? HTTP_LIMITS,
  };
}

function withoutCredentials(address: URL): URL {
  const base = new URL(address);
  base.username = '';
  base.password = '';
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}

/** RFC 7617. */
function basicOf({ username, password }: URL): string | undefined {
  if (username === '') return undefined;
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
