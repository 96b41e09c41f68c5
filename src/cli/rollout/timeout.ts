import { z } from 'zod';
import { duration } from '../../rollout/api/words.ts';

/** A longer timer of Node would be over at once (setTimeout). */
const LONGEST_MS = 24 * 86_400_000;

/** Of `--timeout`; null where it is not given: CI ends what takes too long by itself. */
export const timeoutMs = z
  .string()
  .optional()
  .transform((text, context) => {
    if (text === undefined) return null;
    const parsed = duration.safeParse(text);
    if (parsed.success && parsed.data > 0 && parsed.data <= LONGEST_MS) return parsed.data;
    const message = 'a duration such as 90s, 45m or 1h30m, of 24 days at most';
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
