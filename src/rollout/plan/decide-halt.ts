import { atLeast } from './amount.ts';
import type { ErrorCode } from '../../errors.ts';
import type { FleetNode, HaltReason, RolloutPolicy } from './fleet.ts';
import { kubeletSkew } from './kubelet-skew.ts';
import { isUnderWay } from './stage.ts';
import { currentWave } from './waves.ts';
import type { StagedFleet, StagedNode } from './staged-fleet.ts';

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
  wishes.aborted || wishes.rollback
    ? {
        reason: 'AbortedByUser',
        message: `a person has ${wishes.aborted ? 'aborted it' : 'asked for the way back'}`,
      }
    : null;

const HALTED: ErrorCode = 'RELEASE_HALTED';

/** Agents ask the repository, and the operator them: this one may not fetch the release any more. */
export const hasHeardOfHalt = ({ run }: Pick<FleetNode, 'run'>, digest: string): boolean =>
  run?.target.digest === digest && run.reported.phase === 'failed' && run.reported.code === HALTED;

const releaseHalted: Rule = ({ nodes, halted, policy: { target } }) => {
  if (!halted.has(target.digest)) return null;
  const message = `${target.version} (${target.digest}) is halted`;
  const teller = nodes.find((node) => hasHeardOfHalt(node, target.digest));
  return {
    reason: 'ReleaseHalted',
    message: teller === undefined ? message : `${message}: so says node ${teller.name}`,
  };
};

const failedBefore: Rule = ({ failedBefore: message, nodes }) =>
  message !== null && nodes.some(isLeft) ? { reason: 'ReleaseFailedBefore', message } : null;

/** Has still to get the release. */
const isLeft = ({ stage, isDead }: StagedNode): boolean =>
  !isDead && (stage === 'pending' || isUnderWay(stage));

const skewed: Rule = ({ nodes, policy, apiServerVersion }) => {
  if (!nodes.some(isLeft)) return null;
  const skew = kubeletSkew(policy.kubeletVersion, apiServerVersion);
  if (skew === null) return null;
  const { kubeletSaidBy: node } = policy;
  return { reason: 'KubeletSkew', message: node === null ? skew : `${skew}: so says node ${node}` };
};

const budgetSpent: Rule = (fleet) => {
  const failed = fleet.nodes.filter((node) => hasFailed(node, fleet.policy));
  // One that failed and is dead by now is still of the whole, or the budget would shrink with each.
  const whole = fleet.nodes.filter((node) => !node.isDead || failed.includes(node));
  const budget = atLeast(fleet.policy.failureBudget, whole.length);
  const [first] = failed;
  if (failed.length <= budget || first === undefined) return null;
  const message = `${failed.length} failed and ${budget} may: ${first.name}, ${messageOf(first)}`;
  return { reason: 'FailureBudgetSpent', message };
};

/** Of the wave that goes on, or has just ended: what failed in those before was within their own. */
const waveBudgetSpent: Rule = (fleet) => {
  const { index, nodes: size } = currentWave(fleet);
  const asked = fleet.policy.waves[index]?.failureBudget;
  if (asked === undefined) return null;
  const beganMs = fleet.course.waves[index - 1]?.finishedMs ?? -Infinity;
  const failed = fleet.nodes.filter(
    (node) => hasFailed(node, fleet.policy) && (node.outcome?.atMs ?? Infinity) > beganMs,
  );
  const budget = atLeast(asked, size);
  const [first] = failed;
  if (failed.length <= budget || first === undefined) return null;
  const message = `${failed.length} failed in wave ${index + 1} and ${budget} may: ${first.name}, ${messageOf(first)}`;
  return { reason: 'FailureBudgetSpent', message };
};

/** A node that joined later has been waited for by nobody. */
const deadline: Rule = ({ nodes, policy, course, nowMs }) => {
  const { rolloutMs } = policy.limits;
  if (rolloutMs === null || nowMs - course.startedMs <= rolloutMs) return null;
  const isLate = nodes.some((node) => isLeft(node) && node.createdMs <= course.startedMs);
  if (!isLate) return null;
  return { reason: 'DeadlineExceeded', message: `it takes longer than ${rolloutMs / 60_000} min` };
};

const RULES: readonly Rule[] = [
  aborted,
  releaseHalted,
  failedBefore,
  skewed,
  budgetSpent,
  waveBudgetSpent,
  deadline,
];

const FAILED: ReadonlySet<string> = new Set(['failed', 'fell-back', 'quarantined']);

/** Also one whose failure is not written down yet: the budget must not be overspent in between. */
function hasFailed({ stage, run, outcome }: StagedNode, { target }: RolloutPolicy): boolean {
  if (stage === 'failed') return run?.target.digest === target.digest;
  return outcome !== null && FAILED.has(outcome.kind);
}

function messageOf({ run, outcome }: StagedNode): string {
  if (run !== null && 'code' in run.reported) return run.reported.message;
  return outcome?.message ?? 'for no known reason';
}
