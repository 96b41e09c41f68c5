import { callFor, type AgentCall, type RunStep } from './agent-call.ts';
import type { Failure } from './course.ts';
import { planCall } from './plan-call.ts';
import {
  reporting,
  saying,
  type GivenRun,
  type RunDecision,
  type RunPhase,
  type RunView,
} from './run-view.ts';

/** The next call of a run, or its end where that has failed too often. */
export function askFor(view: RunView, step: RunStep, phase: RunPhase): RunDecision {
  const { run, agent } = view;
  const rebootedFrom = step === 'reboot' ? { rebootedFrom: agent.bootId } : {};
  const report = reporting(view, phase, rebootedFrom);
  return orFail(view, callFor(step, understoodBy(view, run), agent), report);
}

/** An agent of before commits could be held takes no order that names a hold: its release commits by itself. */
function understoodBy({ course }: RunView, run: GivenRun): GivenRun {
  const { holdCommitSeconds: _, ...withoutHold } = run;
  return course.failures.activate?.code === 'USAGE' ? withoutHold : run;
}

/** A call that belongs to a run, with what is said while it has not failed. */
export function orFail(view: RunView, call: AgentCall, said: RunDecision['run']): RunDecision {
  const plan = planCall(view.course, call, view.nowMs);
  if (plan.kind === 'never') return failing(view, plan.failure);
  const { failure } = plan;
  const why = failure === undefined ? {} : { code: failure.code, message: failure.message };
  const run = { ...said, ...why };
  return plan.kind === 'later' ? saying(run, plan.inMs) : { call, run, wakeInMs: null };
}

export const failing = (view: RunView, { code, message }: Pick<Failure, 'code' | 'message'>) =>
  saying(reporting(view, 'failed', { code, message }));
