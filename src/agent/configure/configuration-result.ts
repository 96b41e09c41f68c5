import { z } from 'zod';
import { changeSchema } from './change.ts';
import { refusalSchema } from './refusal.ts';

/** What came of an order, or would. */
export const configurationResultSchema = z.object({
  changes: z.array(changeSchema).readonly(),
  /** Units that ran, and read what was changed. */
  restarted: z.array(z.string()).readonly(),
  dryRun: z.boolean(),
});

export type ConfigurationResult = Readonly<z.infer<typeof configurationResultSchema>>;

/** What the process that configures answers the daemon. */
export const configurationOutcomeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), result: configurationResultSchema }),
  z.object({ kind: z.literal('refused'), refusals: z.array(refusalSchema).readonly() }),
  z.object({
    kind: z.literal('failed'),
    code: z.string(),
    message: z.string(),
    hint: z.string().optional(),
  }),
]);

export type ConfigurationOutcome = Readonly<z.infer<typeof configurationOutcomeSchema>>;
