import type { AgentStatus } from '../../agent/status.ts';
import type { Configurations } from '../api/configurations.ts';
import type { AgentCall, Step } from './agent-call.ts';
import type { ConfigureKind } from './decide-configure.ts';

/** What failed, and how often in a row in this run. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly count: number;
  readonly atMs: number;
}

/** Which operation of a node: an agent that was killed gives the number of what it did once more. */
export type Begun = Pick<NonNullable<AgentStatus['operation']>, 'id' | 'since'>;

/** What this process has asked its agent for in a run. Lost with the process: then it is asked for once more. */
export interface Course {
  readonly runId: string;
  /** The last call, and when it was made. */
  readonly asked: { readonly key: string; readonly atMs: number } | null;
  /** The operation that prepares, until it is known how it ended. */
  readonly operation: Begun | null;
  readonly failures: Readonly<Partial<Record<Step, Failure>>>;
  /** Settings that were applied. */
  readonly configured: Readonly<Partial<Record<ConfigureKind, Configurations>>>;
}

export const newCourse = (runId: string): Course => ({
  ...{ runId, asked: null, operation: null, failures: {}, configured: {} },
});

export const afterAsking = (course: Course, { key }: AgentCall, atMs: number): Course => ({
  ...course,
  asked: { key, atMs },
});

/** The agent has begun to prepare. */
export const afterBegun = (course: Course, operation: Begun): Course => ({ ...course, operation });

export const isBegunIn = ({ operation }: Course, other: Begun | null): boolean =>
  operation !== null && operation.id === other?.id && operation.since === other.since;

export type Failed = Omit<Failure, 'count'>;

/** The agent has applied these settings. */
export const afterConfigured = (
  course: Course,
  kind: ConfigureKind,
  applied: Configurations,
): Course => ({ ...course, configured: { ...course.configured, [kind]: applied } });

/** A call was refused, or what it began has failed: it may be made again. */
export function afterFailure(course: Course, step: Step, failed: Failed): Course {
  const before = course.failures[step];
  // What a network did before says nothing of how often a release was refused.
  const count = before?.code === failed.code ? before.count + 1 : 1;
  return { ...course, asked: null, failures: { ...course.failures, [step]: { ...failed, count } } };
}

/** How the operation that prepares has ended, where that is known now. */
export function afterStatus(course: Course, { last }: AgentStatus, atMs: number): Course {
  if (last === null || !isBegunIn(course, last)) return course;
  const ended = { ...course, operation: null };
  if (last.error === null) return ended;
  const { code, message } = last.error;
  return afterFailure(ended, 'prepare', { code, message, atMs });
}

/** What was asked of an agent that has ended may never have been done. */
export const afterLoss = (course: Course): Course => ({ ...course, asked: null });
