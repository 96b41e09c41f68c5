import type { AgentStatus } from '../../agent/status.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { AgentCall } from './agent-call.ts';
import type { Course } from './course.ts';

/** What the operator lets the node do. */
export type GivenRun = NonNullable<OsInstance['spec']['run']>;
/** What the proxy says of it. */
export type ReportedRun = NonNullable<OsInstance['status']['run']>;
export type RunPhase = ReportedRun['phase'];

/** Everything that the next step of a run depends on, as it was observed. */
export interface RunView {
  readonly run: GivenRun;
  /** What was said of this run, as the API server has it; null for nothing yet. */
  readonly reported: ReportedRun | null;
  readonly agent: AgentStatus;
  /** What this process asked the agent for in this run. */
  readonly course: Course;
  /** Grows, and jumps with no clock. */
  readonly nowMs: number;
}

/** At most one call, and what is to be said of the run. */
export interface RunDecision {
  readonly call: AgentCall | null;
  readonly run: ReportedRun;
  /** After so long time alone may change it; null where only something that is observed does. */
  readonly wakeInMs: number | null;
}

/** Of this run, in this phase; the boot that it ends is not forgotten. */
export function reporting(
  { run, reported }: Pick<RunView, 'run' | 'reported'>,
  phase: RunPhase,
  more: Partial<ReportedRun> = {},
): ReportedRun {
  const { rebootedFrom } = reported ?? {};
  return {
    ...{ id: run.id, phase, code: '', message: '' },
    ...(rebootedFrom !== undefined && { rebootedFrom }),
    ...more,
  };
}

export const saying = (run: ReportedRun, wakeInMs: number | null = null): RunDecision => ({
  ...{ call: null, run, wakeInMs },
});
