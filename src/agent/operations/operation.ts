import { z } from 'zod';

const begun = {
  id: z.int(),
  kind: z.enum([
    'plan',
    'prepare',
    'activate',
    'commit',
    'rollback',
    'cancel-activation',
    'refuse-trial',
    'explain-failure',
    'configure',
    'retry-grub',
  ]),
  /** Release digest or name, where there is one. */
  release: z.string().nullable(),
  since: z.string(),
};

/** How the bytes of an image came into a slot. */
export const transferSchema = z.object({
  /** From the network, metadata and heads of answers included. */
  bytesTransferred: z.int(),
  requests: z.int(),
  blocks: z.int(),
  /** Were right in the standby slot before. */
  blocksReused: z.int(),
  /** Taken from the slot that runs. */
  blocksCopied: z.int(),
  blocksWritten: z.int(),
  how: z.enum(['nothing', 'base', 'pack', 'frames', 'whole']),
});

/** What goes on, as status and events show it. */
export const operationSchema = z.object({
  ...begun,
  phase: z.string(),
  progress: z.object({ blocks: z.int(), blocksDone: z.int() }).nullable(),
  bytesTransferred: z.int(),
  /** To the end of this phase, at the speed so far; null while nobody can know. */
  etaSeconds: z.int().nullable(),
});

/** How one ended. */
export const operationResultSchema = z.object({
  ...begun,
  until: z.string(),
  outcome: z.enum(['done', 'failed', 'cancelled']),
  /** What of it took how long, in the order in which it began. */
  phases: z.array(z.object({ phase: z.string(), seconds: z.number() })).readonly(),
  /** Null for what moved no blocks. */
  transfer: transferSchema.nullable(),
  error: z
    .object({ code: z.string(), message: z.string(), hint: z.string().nullable() })
    .nullable(),
});

export type Operation = Readonly<z.infer<typeof operationSchema>>;
export type OperationResult = Readonly<z.infer<typeof operationResultSchema>>;
export type OperationKind = Operation['kind'];
export type Transfer = Readonly<z.infer<typeof transferSchema>>;

/** What an operation says of itself while it goes on. */
export interface Reported {
  readonly phase?: string;
  readonly progress?: Operation['progress'];
  readonly bytesTransferred?: number;
  readonly transfer?: Transfer;
}
