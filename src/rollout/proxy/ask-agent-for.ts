import { callFor, type Step } from './agent-call.ts';
import type { Failure } from './course.ts';
import { reporting, saying, type RunDecision, type RunPhase, type RunView } from './run-view.ts';

/** So long an answer may take to show in the status of the agent. */
const SETTLE_MS = 30_000;
const MAX_TRIES = 3;
const FIRST_DELAY_MS = 5000;
const LONGEST_DELAY_MS = 120_000;

/** The next call of a run. What has failed is tried again, less and less often; or the run ends here. */
export function askFor(view: RunView, step: Exclude<Step, 'cancel'>, phase: RunPhase): RunDecision {
  const { run, agent, course, nowMs } = view;
  const failure = course.failures[step];
  if (failure !== undefined && isFinal(step, failure)) return failing(view, failure);
  const said = failure === undefined ? {} : { code: failure.code, message: failure.message };
  const report = reporting(view, phase, { ...said, ...rebootOf(step, agent.bootId) });
  const call = callFor(step, run, agent);
  const waitMs = waitFor(failure, course.asked?.key === call.key ? course.asked : null, nowMs);
  return waitMs > 0 ? saying(report, waitMs) : { call, run: report, wakeInMs: null };
}

export const failing = (view: RunView, { code, message }: Pick<Failure, 'code' | 'message'>) =>
  saying(reporting(view, 'failed', { code, message }));

const rebootOf = (step: Step, bootId: string) =>
  step === 'reboot' ? { rebootedFrom: bootId } : {};

/** What a little patience may mend; the operator's deadline is the end of that. */
const TRANSIENT: ReadonlySet<string> = new Set(['NETWORK', 'TIMED_OUT', 'CANCELLED']);
/** Nothing of the node is lost by asking again, and giving up would not undo it. */
const TRIED_ON: ReadonlySet<Step> = new Set(['reboot', 'commit']);

const isFinal = (step: Step, { code, count }: Failure): boolean =>
  !TRANSIENT.has(code) && !TRIED_ON.has(step) && count >= MAX_TRIES;

function waitFor(
  failure: Failure | undefined,
  asked: { readonly atMs: number } | null,
  nowMs: number,
): number {
  const settled = asked === null ? 0 : asked.atMs + SETTLE_MS;
  const retry = failure === undefined ? 0 : failure.atMs + delayMs(failure.count);
  return Math.max(settled, retry) - nowMs;
}

const delayMs = (count: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** (count - 1), LONGEST_DELAY_MS);
