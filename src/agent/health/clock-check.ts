import { stat } from 'node:fs/promises';
import { nodeCheck, type CheckResult } from './health-check.ts';

/** No node runs one image for so long. */
const LONGEST_MS = 20 * 365.25 * 86_400_000;

/**
 * The time of an image's build lies behind, and not far behind. It is the clock of the node that is wrong otherwise, and a
 * release that can be committed must not wait for it.
 */
export async function clockCheck(buildTimeFile: string, now: Date): Promise<CheckResult> {
  const built = await stat(buildTimeFile).catch(() => null);
  const age = built === null ? 0 : now.getTime() - built.mtimeMs;
  const isGood = age >= 0 && age < LONGEST_MS;
  return { ...nodeCheck('clock', isGood, `it is ${now.toISOString()}`), isRequired: false };
}
