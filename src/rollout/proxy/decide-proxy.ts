import type { AgentStatus } from '../../agent/status.ts';
import type { OsInstance } from '../api/os-instance.ts';
import { cancelCall, type AgentCall } from './agent-call.ts';
import { orFail } from './ask-agent-for.ts';
import { isBegunIn, newCourse, type Course, type Failure } from './course.ts';
import { decideConfigure } from './decide-configure.ts';
import { bootedDigest, decideRun } from './decide-run.ts';
import {
  reporting,
  type GivenRun,
  type ReportedRun,
  type RunDecision,
  type RunView,
} from './run-view.ts';

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
  /** Why settings of the spec are not applied. */
  readonly unconfigured: Failure | null;
  readonly wakeInMs: number | null;
}

/** What to ask the agent for, and what to say. */
export function decideProxy(observed: ProxyView): ProxyDecision {
  const run = givenRun(observed);
  if (isUnwanted(observed, run)) return { ...REST, call: cancelOnce(observed) };
  const view = { ...observed, course: courseFor(observed) };
  if (run === null) return settle(view, null);
  const said = observed.instance.status.run;
  const runView: RunView = { ...view, run, reported: said?.id === run.id ? said : null };
  const decision = configureBefore(view, runView) ?? decideRun(runView);
  if (decision.run.phase === 'committed') return settle(view, decision.run);
  return { ...REST, ...decision };
}

const REST: ProxyDecision = { call: null, run: null, unconfigured: null, wakeInMs: null };

/** Before anything else of an upgrade: `upgradeconfigs`. */
function configureBefore(view: ProxyView, runView: RunView): RunDecision | null {
  const { run, reported, agent } = runView;
  const isBegun = reported !== null && reported.phase !== 'preparing';
  const isThere = bootedDigest(agent) === run.target.digest;
  if (isBegun || isThere || agent.operation !== null) return null;
  const configuring = decideConfigure(view, 'upgradeconfigs');
  if (configuring === null) return null;
  const message = 'settings of upgradeconfigs are applied';
  return orFail(runView, configuring.call, reporting(runView, 'preparing', { message }));
}

/** A node at rest: `sysconfigs`. */
function settle(view: ProxyView, run: ReportedRun | null): ProxyDecision {
  const configuring = decideConfigure(view, 'sysconfigs');
  if (configuring === null) return { ...REST, run };
  const { call, plan } = configuring;
  const unconfigured = plan.failure ?? null;
  const inMs = plan.kind === 'later' ? plan.inMs : null;
  const isNow = plan.kind === 'now' && view.agent.operation === null;
  return { call: isNow ? call : null, run, unconfigured, wakeInMs: inMs };
}

/** A machine that was made anew under its name is let do nothing that the one before was. */
export function givenRun({
  instance,
  nodeUid,
}: Pick<ProxyView, 'instance' | 'nodeUid'>): GivenRun | null {
  const { run, nodeUid: meant } = instance.spec;
  return meant === undefined || nodeUid === null || meant === nodeUid ? run : null;
}

/** The course of another run, or of other settings, is none of this one. */
export function courseFor(view: ProxyView): Course {
  const { course, instance } = view;
  const id = givenRun(view)?.id ?? `sysconfigs ${instance.spec.sysconfigs?.version ?? ''}`;
  return course.runId === id ? course : newCourse(id);
}

/** What was begun here for a run that has ended, or been replaced by one to another release. */
function isUnwanted({ agent: { operation }, course }: ProxyView, run: GivenRun | null): boolean {
  const isOurs = operation?.kind === 'prepare' && isBegunIn(course, operation);
  return isOurs && course.runId !== run?.id && operation.release !== run?.target.digest;
}

/** What cannot be cancelled any more ends by itself. */
function cancelOnce({ agent, course }: ProxyView): AgentCall | null {
  const call = cancelCall(agent);
  return course.asked?.key === call.key ? null : call;
}
