import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than a timer can be set is for ever. */
const FOR_EVER_MS = 2 ** 31 - 1;

/** Something has happened since it was looked at last. */
export class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    this.#next.resolve();
  }

  /** Until it rings, or has rung since the last time; at most so long. */
  async rung(signal: AbortSignal, withinMs: number | null): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    const waitMs = Math.min(withinMs ?? FOR_EVER_MS, FOR_EVER_MS);
    const time = sleep(waitMs, undefined, { signal: either }).catch(() => undefined);
    await Promise.race([this.#next.promise, time]);
    over.abort();
    this.#next = Promise.withResolvers<void>();
  }
}
