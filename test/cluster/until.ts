import { setTimeout as pause } from 'node:timers/promises';

const BOUND_MS = 120_000;

/**
 * Asks again until it is so: controllers act when they get to it. Generous, since the machine may have other work.
 * @throws Error with what was waited for
 */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = Date.now() + BOUND_MS;
  while (!(await isSo())) {
    if (Date.now() > endMs) throw new Error(`it did not come to be within 2 minutes: ${what}`);
    await pause(100);
  }
}
