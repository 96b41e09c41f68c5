import type { ErrorCode } from '../../errors.ts';
import type { AgentCall, Step } from './agent-call.ts';
import type { Course, Failure } from './course.ts';

/** Whether a call is to be made now; `failure`: what became of it before. */
export type CallPlan =
  | { readonly kind: 'now'; readonly failure: Failure | undefined }
  | { readonly kind: 'later'; readonly inMs: number; readonly failure: Failure | undefined }
  /** It has failed too often. */
  | { readonly kind: 'never'; readonly failure: Failure };

/** So long an answer may take to show in the status of the agent. */
const SETTLE_MS = 30_000;
const MAX_TRIES = 3;
const FIRST_DELAY_MS = 5000;
const LONGEST_DELAY_MS = 120_000;

/** What has failed is tried again, less and less often. */
export function planCall({ asked, failures }: Course, call: AgentCall, nowMs: number): CallPlan {
  const failure = failures[call.step];
  if (failure !== undefined && isFinal(call.step, failure)) return { kind: 'never', failure };
  const settled = asked?.key === call.key ? asked.atMs + SETTLE_MS : 0;
  const retry = failure === undefined ? 0 : failure.atMs + delayMs(failure.count);
  const inMs = Math.max(settled, retry) - nowMs;
  return inMs > 0 ? { kind: 'later', inMs, failure } : { kind: 'now', failure };
}

/** What a little patience may mend; the operator's deadline is the end of that. */
const TRANSIENT: ReadonlySet<string> = new Set(['NETWORK', 'TIMED_OUT', 'CANCELLED']);
/** Nothing of the node is lost by asking again, and giving up would not undo it. */
const TRIED_ON: ReadonlySet<Step> = new Set(['reboot', 'commit']);

/** Its publisher says so: the sooner the whole rollout knows the better. */
const FINAL: ErrorCode = 'RELEASE_HALTED';

const isFinal = (step: Step, { code, count }: Failure): boolean =>
  !TRANSIENT.has(code) && !TRIED_ON.has(step) && (count >= MAX_TRIES || code === FINAL);

const delayMs = (count: number): number =>
  Math.min(FIRST_DELAY_MS * 2 ** (count - 1), LONGEST_DELAY_MS);
