import { atLeast } from './amount.ts';
import type { HaltReason } from './fleet.ts';
import { kubeletSkew } from './kubelet-skew.ts';
import { living, type StagedFleet, type StagedNode } from './staged-fleet.ts';

export interface Halt {
  readonly reason: HaltReason;
  readonly message: string;
}

/** Why a rollout that goes on has to stop, or null. */
export function decideHalt(fleet: StagedFleet): Halt | null {
  return RULES.map((rule) => rule(fleet)).find((halt) => halt !== null) ?? null;
}

type Rule = (fleet: StagedFleet) => Halt | null;

const aborted: Rule = ({ wishes }) =>
  wishes.aborted ? { reason: 'AbortedByUser', message: 'a person has aborted it' } : null;

const releaseHalted: Rule = ({ halted, policy: { target } }) =>
  halted.has(target.digest)
    ? { reason: 'ReleaseHalted', message: `${target.version} (${target.digest}) is halted` }
    : null;

const skewed: Rule = ({ policy, apiServerVersion }) => {
  const message = kubeletSkew(policy.kubeletVersion, apiServerVersion);
  return message === null ? null : { reason: 'KubeletSkew', message };
};

const budgetSpent: Rule = (fleet) => {
  const failed = fleet.nodes.filter(hasFailed);
  const budget = atLeast(fleet.policy.failureBudget, living(fleet).length);
  const [first] = failed;
  if (failed.length <= budget || first === undefined) return null;
  const message = `${failed.length} failed and ${budget} may: ${first.name}, ${messageOf(first)}`;
  return { reason: 'FailureBudgetSpent', message };
};

const deadline: Rule = ({ policy, course, nowMs }) => {
  const { rolloutMs } = policy.limits;
  if (rolloutMs === null || nowMs - course.startedMs <= rolloutMs) return null;
  return { reason: 'DeadlineExceeded', message: `it takes longer than ${rolloutMs / 60_000} min` };
};

const RULES: readonly Rule[] = [aborted, releaseHalted, skewed, budgetSpent, deadline];

const FAILED: ReadonlySet<string> = new Set(['failed', 'fell-back', 'quarantined']);

/** Also one whose failure is not written down yet: the budget must not be overspent in between. */
export const hasFailed = ({ stage, outcome }: StagedNode): boolean =>
  stage === 'failed' || (outcome !== null && FAILED.has(outcome.kind));

function messageOf({ run, outcome }: StagedNode): string {
  if (run !== null && 'code' in run.reported) return run.reported.message;
  return outcome?.message ?? 'for no known reason';
}
