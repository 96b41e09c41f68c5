import { setTimeout as pause } from 'node:timers/promises';

const BOUND_MS = 120_000;

/**
 * Asks again until it is so: controllers act when they get to it. Generous, since the machine may have other work.
 * @throws Error with what was waited for
 */
export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  boundMs = BOUND_MS,
): Promise<void> {
  const endMs = Date.now() + boundMs;
  while (!(await isSo())) {
    if (Date.now() > endMs) {
      throw new Error(`it did not come to be within ${boundMs / 60_000} minutes: ${what}`);
    }
    await pause(100);
  }
}
