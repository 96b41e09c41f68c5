/** Names are the clients' to invent: no more are kept. */
const MOST_NAMES = 1024;

/** What no server has. Clients look for the next root at every start. */
export interface RememberedMissing {
  /** It was told lately. */
  readonly isFresh: (name: string) => boolean;
  /** It was told at all, last time. */
  readonly isKnown: (name: string) => boolean;
  readonly add: (name: string) => void;
  readonly remove: (name: string) => void;
}

export function rememberMissing(freshMs: number): RememberedMissing {
  const toldMs = new Map<string, number>();
  return {
    isFresh: (name) => performance.now() - (toldMs.get(name) ?? Number.NEGATIVE_INFINITY) < freshMs,
    isKnown: (name) => toldMs.has(name),
    add: (name) => {
      toldMs.delete(name);
      toldMs.set(name, performance.now());
      const [oldest] = toldMs.keys();
      if (toldMs.size > MOST_NAMES && oldest !== undefined) toldMs.delete(oldest);
    },
    remove: (name) => toldMs.delete(name),
  };
}
