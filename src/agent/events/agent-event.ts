import { z } from 'zod';
import { operationResultSchema, operationSchema } from '../operations/operation.ts';
import { agentStatusSchema } from '../status.ts';

/** One line of `GET /v1/events` (contract section 5). A newer agent may say more. */
export const agentEventSchema = z.discriminatedUnion('event', [
  /** First of all, and whenever slots or the trial have changed. */
  z.object({ event: z.literal('status'), status: agentStatusSchema }),
  /** An operation began, or has come further. */
  z.object({ event: z.literal('operation'), operation: operationSchema }),
  z.object({ event: z.literal('result'), result: operationResultSchema }),
  /** Nothing has happened for a while: the agent is alive. */
  z.object({ event: z.literal('alive') }),
]);

export type AgentEvent = Readonly<z.infer<typeof agentEventSchema>>;
