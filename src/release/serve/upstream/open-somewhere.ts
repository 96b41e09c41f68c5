import { setTimeout as wait } from 'node:timers/promises';
import { SourceError } from '../../fetch/source.ts';
import type { UpstreamChoice } from './choose-upstream.ts';
import { openUpstream, type OpenedFile, type Upstream } from './upstream.ts';

export interface UpstreamSite {
  readonly choice: UpstreamChoice;
  readonly signal: AbortSignal;
  /** Before all servers are asked once more; milliseconds. */
  readonly pauseMs: number;
  readonly observe: (upstream: Upstream, result: 'found' | 'missing' | 'failed' | 'wrong') => void;
}

export interface FoundUpstream {
  readonly upstream: Upstream;
  readonly opened: OpenedFile;
}

/** All servers are asked so often. */
const ROUNDS = 2;

/**
 * The first server that has the file. One that fails is passed over; one that says that there is no such file is
 * believed where no other has it.
 *
 * @throws SourceError of the last one, when all of them fail
 */
export async function openSomewhere(
  path: string,
  start: number,
  site: UpstreamSite,
): Promise<FoundUpstream | null> {
  for (let round = 1; ; round += 1) {
    const found = await askEach(path, start, site);
    if (!(found instanceof SourceError)) return found;
    if (round === ROUNDS) throw found;
    const pauseMs = site.pauseMs * (0.5 + Math.random());
    await wait(pauseMs, undefined, { signal: site.signal });
  }
}

/** @returns the failure where all failed */
async function askEach(
  path: string,
  start: number,
  { choice, signal, observe }: UpstreamSite,
): Promise<FoundUpstream | SourceError | null> {
  let outcome: SourceError | null = new SourceError('broken', 'there is no upstream server');
  for (const upstream of choice.inOrder()) {
    const opened = await orFailure(openUpstream(upstream, { path, start, signal }));
    if (opened instanceof SourceError) {
      observe(upstream, 'failed');
      outcome = outcome === null ? null : opened;
    } else if (opened === null) {
      observe(upstream, 'missing');
      outcome = null;
    } else {
      observe(upstream, 'found');
      return { upstream, opened };
    }
  }
  return outcome;
}

async function orFailure<Result>(attempt: Promise<Result>): Promise<Result | SourceError> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof SourceError) return error;
    throw error;
  }
}
