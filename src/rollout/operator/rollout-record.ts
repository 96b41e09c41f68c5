import { MAX_MESSAGE, shorten } from '../api/shorten.ts';
import { MAX_MEASURED, type OsStatus, type RolloutRecord } from '../api/os-status.ts';
import type { FleetNode, RolloutCourse, TargetRelease } from '../plan/fleet.ts';
import type { Step } from '../plan/step.ts';

/** What is remembered of the rollout of this release: nothing yet, where another one was asked for until now. */
export function recordFor(
  { rollout }: Pick<OsStatus, 'rollout'>,
  { version, digest }: TargetRelease,
  nowMs: number,
): RolloutRecord {
  if (rollout?.digest === digest) return rollout;
  return {
    ...{ version, digest, startedAt: new Date(nowMs).toISOString(), waves: [], halted: null },
    ...{ drainSeconds: [], switchSeconds: [] },
  };
}

/** As the planner has it. A halt before somebody wanted to try again is over, and its time begins again. */
export function courseOf(record: RolloutRecord, retryMs: number | null): RolloutCourse {
  const { startedAt, waves, halted, drainSeconds, switchSeconds } = record;
  const haltedMs = halted === null ? 0 : Date.parse(halted.at);
  const isHalted = halted !== null && (retryMs === null || haltedMs >= retryMs);
  return {
    startedMs: Math.max(Date.parse(startedAt), retryMs ?? 0),
    waves: waves.map(({ finishedAt }) => ({ finishedMs: Date.parse(finishedAt) })),
    halted: isHalted ? { reason: halted.reason, message: halted.message, atMs: haltedMs } : null,
    measured: {
      drainMs: drainSeconds.map((seconds) => seconds * 1000),
      switchMs: switchSeconds.map((seconds) => seconds * 1000),
    },
  };
}

interface Context {
  readonly node: FleetNode | null;
  readonly nowMs: number;
}

/** What a step that was written adds to it. */
export function recordAfter(
  record: RolloutRecord,
  step: Step,
  { node, nowMs }: Context,
): RolloutRecord {
  const at = new Date(nowMs).toISOString();
  if (step.do === 'begin') return { begunAt: at, ...record };
  if (step.do === 'halt') {
    const message = shorten(step.message, MAX_MESSAGE);
    return { ...record, halted: { reason: step.reason, message, at } };
  }
  if (step.do === 'end-wave') return { ...record, waves: [...record.waves, { finishedAt: at }] };
  return step.do === 'close' ? measured(record, step, { node, nowMs }) : record;
}

/** With what a run took, where it came to a good end. */
function measured(
  record: RolloutRecord,
  { outcome }: Extract<Step, { do: 'close' }>,
  { node, nowMs }: Context,
): RolloutRecord {
  const since = outcome === 'done' ? node?.run?.since : undefined;
  if (since?.drain === undefined || since.activate === undefined) return record;
  return {
    ...record,
    drainSeconds: added(record.drainSeconds, since.activate - since.drain),
    switchSeconds: added(record.switchSeconds, nowMs - since.activate),
  };
}

const added = (seconds: readonly number[], ms: number): number[] =>
  [...seconds, Math.max(0, Math.round(ms / 1000))].slice(-MAX_MEASURED);

/** A halt that somebody has taken back does not stay written. */
export function withoutHalt(record: RolloutRecord, course: RolloutCourse): RolloutRecord {
  return course.halted === null && record.halted !== null ? { ...record, halted: null } : record;
}
