import type { Content, FindContent, Origin } from '../content.ts';
import { Arrival } from './arrival.ts';
import { arrivingContent } from './arriving-content.ts';
import { fetchArrival, type FetchSite, type ImmutablePath } from './fetch-arrival.ts';
import { rememberMissing, type RememberedMissing } from './remember-missing.ts';
import { takeTurns } from './take-turns.ts';

/** Files of a kind that arrive at one time: names are the clients' to invent, and each costs a question to a server. */
const ARRIVALS_AT_ONCE = 16;

/** Connections to a server: for targets, for metadata, and for the timestamp. Nothing waits for one. */
export const UPSTREAM_SOCKETS = 2 * ARRIVALS_AT_ONCE + 1;

interface Joined {
  readonly arrival: Arrival;
  readonly done: Promise<void>;
  readonly origin: Origin;
}

/** Files that never change: from the disk, or from an arrival that all who want the file join. */
export class JoinedArrivals {
  readonly #findStored: FindContent;
  readonly #site: FetchSite;
  readonly #missing: RememberedMissing;
  readonly #running = new Map<string, Omit<Joined, 'origin'>>();
  /** Metadata has turns of its own: images may arrive for an hour, and no node starts without metadata. */
  readonly #inTurn = { target: takeTurns(ARRIVALS_AT_ONCE), metadata: takeTurns(ARRIVALS_AT_ONCE) };
  #finished = 0;

  /** @param freshMs how long it is told without asking that there is no such file */
  constructor(findStored: FindContent, site: FetchSite, freshMs: number) {
    this.#findStored = findStored;
    this.#site = site;
    this.#missing = rememberMissing(freshMs);
  }

  async find(path: ImmutablePath, isUncached: boolean): Promise<Content | undefined> {
    // Bytes that have their digest for a name cannot be other ones: only metadata is asked for again.
    const isAsked = isUncached && path.kind === 'metadata';
    for (;;) {
      const since = this.#finished;
      const stored = isAsked ? undefined : await this.#fromDisk(path);
      if (stored !== undefined) return stored;
      if (!isUncached && this.#missing.isFresh(path.path)) return undefined;
      const joined = this.#join(path, since);
      if (joined !== null) return await this.#fetchedOrOld(path, joined);
    }
  }

  /** Until nothing arrives any more. */
  async settled(): Promise<void> {
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  /** One under way, or a new one; null when one ended since the disk was looked at: it may be there now. */
  #join(path: ImmutablePath, since: number): Joined | null {
    const running = this.#running.get(path.path);
    if (running?.arrival.join() === true) return { ...running, origin: 'joined' };
    if (since !== this.#finished) return null;
    const arrival = new Arrival();
    arrival.join();
    const inTurn = this.#inTurn[path.kind];
    const done = inTurn(() => fetchArrival(path, arrival, this.#site)).finally(() => {
      this.#finished += 1;
      this.#running.delete(path.path);
    });
    this.#running.set(path.path, { arrival, done });
    return { arrival, done, origin: 'upstream' };
  }

  async #fetchedOrOld(path: ImmutablePath, joined: Joined): Promise<Content | undefined> {
    try {
      return await this.#fetched(path, joined);
    } catch (error) {
      await joined.arrival.leave();
      const old = await this.#fromDisk(path);
      if (old !== undefined) return { ...old, origin: 'stale' };
      // Without a server nobody knows better than it did the last time.
      if (this.#missing.isKnown(path.path)) return undefined;
      throw error;
    }
  }

  async #fetched(path: ImmutablePath, joined: Joined): Promise<Content | undefined> {
    const { arrival, done, origin } = joined;
    const head = await arrival.head;
    if (head === null) {
      this.#missing.add(path.path);
      await arrival.leave();
      return undefined;
    }
    this.#missing.remove(path.path);
    // Only the name of a target says what its bytes will be: metadata is served when it is whole.
    if (path.kind === 'target') return arrivingContent(path.sha256, head, { arrival, origin });
    await done;
    await arrival.read(new Uint8Array(), head.sizeBytes);
    const content = await this.#fromDisk(path);
    // Last: whoever catches what went wrong leaves too, and nobody leaves twice.
    await arrival.leave();
    return content === undefined ? undefined : { ...content, origin };
  }

  async #fromDisk(path: ImmutablePath): Promise<Content | undefined> {
    const content = await this.#findStored({ path, isUncached: false });
    if (content !== undefined) this.#site.store.noteUse(path.path);
    return content;
  }
}
