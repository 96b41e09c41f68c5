import { z } from 'zod';
import { reportFiles } from './report-files.ts';
import { timeoutMs } from './timeout.ts';

/** Of every command that waits for a rollout; `WATCH` of the table. */
export const watchArguments = {
  ...{ quiet: z.boolean(), timeout: timeoutMs, report: reportFiles, measureServices: z.boolean() },
};
