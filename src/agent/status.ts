import { z } from 'zod';
import type { Slot } from '../disk/grub-environment-slots.ts';
import { failedReleaseSchema, slotRecordSchema } from '../disk/slot-records.ts';
import type { LastWords } from './failure/last-words.ts';
import { grubStatusSchema, type GrubStatus } from './grub/grub-status.ts';
import { checkResultSchema } from './health/health-check.ts';
import { watchdogSchema, type Watchdog } from './node/find-watchdog.ts';
import {
  operationResultSchema,
  operationSchema,
  type Operation,
  type OperationResult,
} from './operations/operation.ts';
import { dataReportSchema } from './persist/data-report.ts';
import { otherSlot, type NodeState } from './slots/node-state.ts';

const slotSchema = z.enum(['A', 'B']);

const slotStatusSchema = z.object({
  ...slotRecordSchema.pick({ state: true, release: true, since: true }).shape,
  /** Boots left on trial; null for a slot that boots without counting, 0 for one that GRUB does not choose. */
  triesLeft: z.int().nullable(),
});

/** What `GET /v1/status` answers (contract section 5). A newer agent may say more. */
export const agentStatusSchema = z.object({
  agentVersion: z.string(),
  booted: slotSchema,
  bootId: z.string(),
  /** The slot that GRUB takes at the next boot, and whether that is a trial. */
  next: z.object({ slot: slotSchema, isTrial: z.boolean() }),
  slots: z.object({ A: slotStatusSchema, B: slotStatusSchema }),
  /** Releases that this node fell back from. */
  failed: z.array(
    failedReleaseSchema.omit({ isRetried: true }).extend({
      /** What its trial left in the journal, or a panic with the firmware. */
      lastLines: z.array(z.string()).readonly(),
    }),
  ),
  /** No release with a smaller epoch may be installed. */
  floor: z.int(),
  operation: operationSchema.nullable(),
  last: operationResultSchema.nullable(),
  watchdog: watchdogSchema,
  /** While the running release is on trial: what of the required checks is not good. */
  trial: z
    .object({
      failing: z.array(checkResultSchema).readonly(),
      /**
       * The health gate has passed, and the commit is left to whoever activated it until this time: then the agent commits
       * by itself. Null before that.
       */
      commitsAt: z.string().nullable().default(null),
    })
    .nullable(),
  /** What became of the data in /var when this boot began; null where nobody looked. */
  data: dataReportSchema.nullable(),
  /** Kernel arguments that were set on this node and that GRUB leaves out, because no boot with them was well. */
  droppedArguments: z.array(z.string()).readonly().default([]),
  /** GRUB's own image on BOOT, beside that of the running release. */
  grub: grubStatusSchema,
});

export type AgentStatus = Readonly<z.infer<typeof agentStatusSchema>>;
export type SlotStatus = Readonly<z.infer<typeof slotStatusSchema>>;

export interface StatusSource {
  readonly agentVersion: string;
  readonly booted: Slot;
  readonly bootId: string;
  readonly state: NodeState;
  readonly operation: Operation | null;
  readonly last: OperationResult | null;
  readonly trial: AgentStatus['trial'];
  readonly watchdog: Watchdog;
  /** By digest. */
  readonly lastWords: ReadonlyMap<string, LastWords>;
  readonly data: AgentStatus['data'];
  readonly droppedArguments: readonly string[];
  readonly grub: GrubStatus;
}

export function statusOf({ state, lastWords, ...rest }: StatusSource): AgentStatus {
  const { records } = state;
  return {
    ...rest,
    next: nextOf(state),
    slots: { A: slotStatus(state, 'A'), B: slotStatus(state, 'B') },
    failed: records.failed.map(({ digest, reason }) => {
      return { digest, reason, lastLines: lastWords.get(digest)?.lines ?? [] };
    }),
    floor: records.floor,
  };
}

function slotStatus({ records, environment }: NodeState, slot: Slot): SlotStatus {
  const { state, release, since } = records[slot];
  const { ok, tries } = environment[slot];
  return { state, release, since, triesLeft: ok ? null : tries };
}

function nextOf({ environment }: NodeState): AgentStatus['next'] {
  const first: Slot = environment.order === 'A B' ? 'A' : 'B';
  const slot = canBoot(environment[first]) ? first : otherSlot(first);
  return { slot, isTrial: !environment[slot].ok };
}

const canBoot = ({ ok, tries }: NodeState['environment'][Slot]): boolean => ok || tries > 0;
