import { setTimeout as pause } from 'node:timers/promises';
import { KubeosError } from '../../errors.ts';

const BOUND_MS = 120_000;
const SHORTEST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 500;

/**
 * Asks again until it is so: controllers act when they get to it. Generous, since the machine may have other work; and less
 * often the longer it takes, since asking is mostly a program that is started, and its time is that of what is waited for.
 * @throws KubeosError TIMED_OUT with what was waited for
 */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  boundMs = BOUND_MS,
): Promise<void> {
  const startMs = Date.now();
  while (!(await isSo())) {
    const waitedMs = Date.now() - startMs;
    if (waitedMs > boundMs) {
      const minutes = boundMs / 60_000;
      throw new KubeosError(
        'TIMED_OUT',
        `it did not come to be within ${minutes} minutes: ${what}`,
      );
    }
    await pause(Math.min(SHORTEST_PAUSE_MS + waitedMs / 10, LONGEST_PAUSE_MS));
  }
}
