import { z } from 'zod';
import { nodeWords } from './node-words.ts';
import { labelSelector } from './os-spec.ts';
import { MAX_DAEMON_SETS } from './max-daemon-sets.ts';

const podRule = z
  .object({
    namespace: z.string().optional(),
    selector: labelSelector,
    action: z.enum(['skip', 'wait', 'evict', 'force']),
    afterSeconds: z.int().min(0).optional(),
  })
  .refine(
    ({ action, afterSeconds }) => (action === 'force') === (afterSeconds !== undefined),
    'afterSeconds is for action force, which needs it',
  );

/** As `spec.drain` of the OS object has them. */
const rules = z.object({
  unmanaged: z.enum(['block', 'evict', 'leave']),
  emptyDir: z.enum(['evict', 'block']),
  pods: z.array(podRule).max(32).default([]),
});

export type ToldRules = Readonly<z.infer<typeof rules>>;

/** What the proxy is told of a drain that is left to it. */
export const toldDrain = z.object({
  by: z.enum(['proxy']),
  /** Uid of the OS object, for the cordon. */
  cordonedBy: z.string(),
  rules,
  /** What is left is deleted, whatever its budget says. */
  forced: z.boolean().default(false),
});

/** How far it is, as the proxy says. */
export const reportedDrain = z.object({
  drained: z.boolean(),
  /** The first thing that is in its way, for people. */
  blockedBy: nodeWords.optional(),
  daemonSets: z.array(z.string()).max(MAX_DAEMON_SETS).optional(),
});
