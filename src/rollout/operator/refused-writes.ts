import { KubeStatusError } from '../../kube/status-error.ts';

interface Refused {
  readonly message: string;
  /** One after the other. */
  readonly times: number;
  readonly untilMs: number;
}

const SHORTEST_MS = 30_000;
const LONGEST_MS = 5 * 60_000;
/** The first may have met a newer object. */
const TOLD_FROM = 2;

/**
 * Nodes whose writes the API server refuses: admission, a field that somebody else keeps, a right that is missing. It may do so for
 * ever, and whoever waits for the node has to be told; others need not wait with it. An operator that ends forgets it, and hears it
 * again.
 */
export class RefusedWrites {
  readonly #byNode = new Map<string, Refused>();

  /** What is in the way, by node, of those that are left alone for now. */
  at(nowMs: number): ReadonlyMap<string, string> {
    const now = [...this.#byNode].filter(([, { times, untilMs }]) => {
      return times >= TOLD_FROM && nowMs < untilMs;
    });
    return new Map(now.map(([node, { message }]) => [node, message]));
  }

  done(node: string): void {
    this.#byNode.delete(node);
  }

  /** An outage, and a server that is busy, say nothing of this node. */
  failed(node: string, error: unknown, nowMs: number): void {
    if (!(error instanceof KubeStatusError) || !isRefusal(error.status)) return;
    const times = (this.#byNode.get(node)?.times ?? 0) + 1;
    const waitMs = Math.min(SHORTEST_MS * 2 ** Math.max(0, times - TOLD_FROM), LONGEST_MS);
    this.#byNode.set(node, { message: error.message, times, untilMs: nowMs + waitMs });
  }
}

const isRefusal = (status: number): boolean =>
  status >= 400 && status < 500 && status !== 404 && status !== 429;
