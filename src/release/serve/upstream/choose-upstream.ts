import type { Upstream } from './upstream.ts';

/** A server that stopped in the middle, or sent wrong bytes, is asked last for so long; milliseconds. */
const SET_BACK_MS = { stopped: 30_000, wrong: 10 * 60_000 };

/** Upstream servers in the order in which they are asked: as they were given, those that failed lately last. */
export interface UpstreamChoice {
  readonly inOrder: () => readonly Upstream[];
  readonly isFirst: (upstream: Upstream) => boolean;
  readonly setBack: (upstream: Upstream, why: keyof typeof SET_BACK_MS) => void;
}

export function chooseUpstream(upstreams: readonly Upstream[]): UpstreamChoice {
  const setBackUntilMs = new Map<Upstream, number>();
  const isSetBack = (upstream: Upstream): boolean =>
    (setBackUntilMs.get(upstream) ?? 0) > performance.now();
  return {
    inOrder: () => [
      ...upstreams.filter((upstream) => !isSetBack(upstream)),
      ...upstreams.filter(isSetBack),
    ],
    isFirst: (upstream) => upstream === upstreams[0],
    setBack: (upstream, why) => setBackUntilMs.set(upstream, performance.now() + SET_BACK_MS[why]),
  };
}
