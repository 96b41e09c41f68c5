import { setTimeout as pause } from 'node:timers/promises';
import { KubeosError } from '../../errors.ts';

const BOUND_MS = 600_000;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;
const BUSY = 'a machine that is busy needs longer: end what else runs on it, then begin again';

export interface Patience {
  readonly boundMs?: number;
  readonly signal?: AbortSignal;
  /** Where more is said of what was waited for. */
  readonly more?: string;
}

/**
 * Asks again until it is so: controllers act when they get to it. Generous, since the machine may have other work; and less
 * often the longer it takes, since asking is mostly a program that is started, and its time is that of what is waited for.
 * @throws KubeosError TIMED_OUT with what was waited for
 */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  { boundMs = BOUND_MS, signal, more }: Patience = {},
): Promise<void> {
  const startMs = Date.now();
  while (!(await isSo())) {
    const waitedMs = Date.now() - startMs;
    if (waitedMs > boundMs) {
      const minutes = boundMs / 60_000;
      throw new KubeosError(
        'TIMED_OUT',
        `it did not come to be within ${minutes} minutes: ${what}`,
        { hint: more === undefined ? BUSY : `${BUSY}; ${more}` },
      );
    }
    const pauseMs = Math.min(SHORTEST_PAUSE_MS + waitedMs / 10, LONGEST_PAUSE_MS);
    await pause(pauseMs, undefined, { signal });
  }
}
