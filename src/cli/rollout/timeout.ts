import { z } from 'zod';
import { duration } from '../../rollout/api/words.ts';

/** Of `--timeout`; null where it is not given: CI ends what takes too long by itself. */
export const timeoutMs = z
  .string()
  .optional()
  .transform((text, context) => {
    if (text === undefined) return null;
    const parsed = duration.safeParse(text);
    if (parsed.success && parsed.data > 0) return parsed.data;
    context.addIssue({ code: 'custom', message: 'a duration such as 90s, 45m or 1h30m' });
    return z.NEVER;
  });
