import { z } from 'zod';
import { HALT_REASONS } from '../plan/fleet.ts';

const time = z.iso.datetime();

const condition = z.object({
  ...{ type: z.string(), status: z.enum(['True', 'False']), reason: z.string() },
  ...{ message: z.string().default(''), lastTransitionTime: time },
  observedGeneration: z.int().default(-1),
});

/** So many runs of a rollout are remembered for prediction. */
export const MAX_MEASURED = 32;

/** So many releases that failed are remembered. */
export const MAX_FAILED_RELEASES = 16;

const failedRelease = z.object({
  ...{ version: z.string(), digest: z.string(), at: time },
  message: z.string().default(''),
});

const measured = z.array(z.int().min(0)).max(MAX_MEASURED).default([]);

/** What has happened to the release that is asked for; begins anew with another one. */
const rollout = z.object({
  ...{ version: z.string(), digest: z.string(), startedAt: time },
  /** When the first node was begun; left out before that. */
  begunAt: time.optional(),
  /** Finished ones, in order. */
  waves: z.array(z.object({ finishedAt: time })).default([]),
  halted: z
    .object({ reason: z.enum(HALT_REASONS), message: z.string(), at: time })
    .nullable()
    .default(null),
  /** Seconds that the last runs took. */
  drainSeconds: measured,
  switchSeconds: measured,
});

/** What has happened; events are gone after an hour. */
const happened = z.object({ time, reason: z.string(), message: z.string().default('') });

const waiting = z.object({
  node: z.string(),
  gates: z.array(z.object({ gate: z.string(), because: z.string() })),
});

/** `status` of an OS object (contract section 6): the operator's own, and all that it remembers of a rollout. */
export const osStatusSchema = z
  .object({
    observedGeneration: z.int().default(-1),
    conditions: z.array(condition).default([]),
    target: z.object({ version: z.string(), digest: z.string() }).nullable().default(null),
    /** Of the selection. */
    nodes: z.int().nullable().default(null),
    /** By stage. */
    counts: z.record(z.string(), z.int()).default({}),
    rollout: rollout.nullable().default(null),
    /** Those that nodes fell back from until the budget was spent; the last one at the end. */
    failedReleases: z.array(failedRelease).default([]),
    /** The first nodes that wait, and for what. */
    waiting: z.array(waiting).default([]),
    /** The oldest first. */
    history: z.array(happened).default([]),
  })
  .prefault({});

export type OsStatus = Readonly<z.infer<typeof osStatusSchema>>;
export type RolloutRecord = NonNullable<OsStatus['rollout']>;
export type Happened = OsStatus['history'][number];
