import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** Twice as long after each failure, and never for all clients at the same moment. */
export class Backoff {
  #nextMs = FIRST_MS;

  reset(): void {
    this.#nextMs = FIRST_MS;
  }

  /** @param atLeastMs what the server asked for */
  async wait(signal: AbortSignal, atLeastMs = 0): Promise<void> {
    const ms = Math.max(atLeastMs, this.#nextMs * (0.5 + Math.random() / 2));
    this.#nextMs = Math.min(this.#nextMs * 2, LONGEST_MS);
    await sleep(ms, undefined, { signal }).catch(() => undefined);
  }
}
