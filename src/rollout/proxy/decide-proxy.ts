import type { AgentStatus } from '../../agent/status.ts';
import type { OsInstance } from '../api/os-instance.ts';
import { cancelCall, type AgentCall } from './agent-call.ts';
import { newCourse, type Course } from './course.ts';
import { decideRun } from './decide-run.ts';
import type { GivenRun, ReportedRun } from './run-view.ts';

/** All that the proxy of a node knows. */
export interface ProxyView {
  readonly instance: OsInstance;
  readonly agent: AgentStatus;
  /** Of the Node that this proxy's token is bound to; null where it says none. */
  readonly nodeUid: string | null;
  readonly course: Course;
  readonly nowMs: number;
}

export interface ProxyDecision {
  readonly call: AgentCall | null;
  /** What is to be said of the run; null for none. */
  readonly run: ReportedRun | null;
  readonly wakeInMs: number | null;
}

/** What to ask the agent for, and what to say. The course of another run is none of this one. */
export function decideProxy(view: ProxyView): ProxyDecision {
  const { instance, agent, course, nowMs } = view;
  const run = givenRun(view);
  if (isUnwanted(view, run)) return { call: cancelOnce(view), run: null, wakeInMs: null };
  if (run === null) return { call: null, run: null, wakeInMs: null };
  const said = instance.status.run;
  return decideRun({
    ...{ run, agent, nowMs },
    reported: said?.id === run.id ? said : null,
    course: courseOf(course, run.id),
  });
}

/** A machine that was made anew under its name is let do nothing that the one before was. */
export function givenRun({
  instance,
  nodeUid,
}: Pick<ProxyView, 'instance' | 'nodeUid'>): GivenRun | null {
  const { run, nodeUid: meant } = instance.spec;
  return meant === undefined || nodeUid === null || meant === nodeUid ? run : null;
}

export const courseOf = (course: Course, runId: string): Course =>
  course.runId === runId ? course : newCourse(runId);

/** What was begun here for a run that has ended, or been replaced by one to another release. */
function isUnwanted({ agent: { operation }, course }: ProxyView, run: GivenRun | null): boolean {
  const isOurs = operation?.kind === 'prepare' && operation.id === course.operation;
  return isOurs && course.runId !== run?.id && operation.release !== run?.target.digest;
}

/** What cannot be cancelled any more ends by itself. */
function cancelOnce({ agent, course }: ProxyView): AgentCall | null {
  const call = cancelCall(agent);
  return course.asked?.key === call.key ? null : call;
}
