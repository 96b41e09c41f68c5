import {
  fetchRelease,
  type FetchReport,
  type FetchRequest,
} from '../../../src/release/fetch/fetch-release.ts';
import { HTTP_LIMITS } from '../../../src/release/fetch/http-limits.ts';
import { loadRelease } from '../../../src/release/fetch/load-release.ts';
import { openSource, type SourceOptions } from '../../../src/release/fetch/open-source.ts';
import { openTarget } from '../../../src/release/fetch/open-target.ts';

/** Short pauses between tries, so that a test of faults takes no time. */
export const QUICK: SourceOptions = { backoff: { tries: 6, firstMs: 5, maxMs: 20 } };

/** For servers that keep a client waiting; beside other tests a good one does so for a second, too. */
export const IMPATIENT: SourceOptions = {
  limits: { ...HTTP_LIMITS, headMs: 3000, idleMs: 3000, dripWindowMs: 3000 },
};

export interface TestFetch {
  readonly addresses: readonly string[];
  readonly digest: string;
  readonly output: string;
  readonly options?: SourceOptions;
  readonly more?: Partial<FetchRequest>;
}

/** One fetch from nothing but an address and a digest. */
export async function fetchOnce(given: TestFetch): Promise<FetchReport> {
  const { addresses, digest, output, options = {}, more = {} } = given;
  const signal = more.signal ?? AbortSignal.timeout(60_000);
  using opened = openSource(addresses, { ...QUICK, ...options });
  const release = await loadRelease(opened.source, digest, signal);
  await using target = await openTarget(output, release.table.imageBytes);
  return await fetchRelease({
    ...opened,
    release,
    listed: null,
    target,
    base: null,
    signal,
    ...more,
  });
}
