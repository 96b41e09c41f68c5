import type { NodeOutcome } from './fleet.ts';
import { isUnderWay } from './stage.ts';
import type { StagedFleet, StagedNode } from './staged-fleet.ts';
import type { Step } from './step.ts';

type Close = Extract<Step, { do: 'close' }>;

/** Runs that are over: at their goal, failed, too late, or not wanted any more. One step for a node at most. */
export function closeRuns(fleet: StagedFleet, isStopped: boolean): readonly Step[] {
  return fleet.nodes.flatMap((node) => {
    const step = isUnderWay(node.stage) ? endOf(fleet, node, isStopped) : leftCordon(node);
    return step === null ? [] : [step];
  });
}

/** The operator stopped between closing a run and lifting its cordon, or the node came back late. */
function leftCordon({ name, isReady, isCordoned, isCordonOurs, outcome }: StagedNode): Step | null {
  if (!isCordoned || !isCordonOurs || !isReady || outcome?.kind === 'quarantined') return null;
  return { do: 'uncordon', node: name };
}

function endOf(fleet: StagedFleet, node: StagedNode, isStopped: boolean): Step | null {
  if (node.stage === 'settled') {
    return node.run?.kind === 'rollback'
      ? close(node, 'rolled-back', 'runs the release before, and is Ready')
      : close(node, 'done', 'runs the release, and is Ready');
  }
  if (node.stage === 'failed') return failed(node);
  const late = tooLate(fleet, node);
  if (late !== null) return late;
  return isStopped && isUndoable(node) ? close(node, 'undone', 'the rollout was stopped') : null;
}

function failed(node: StagedNode): Close | null {
  const reported = node.run?.reported;
  if (reported?.phase !== 'failed' && reported?.phase !== 'fell-back') return null;
  return close(node, reported.phase, `${reported.code}: ${reported.message}`);
}

/** Until it may activate nothing of it was noticed but the drain. The way back is what a stop asks for. */
const isUndoable = ({ run }: StagedNode): boolean =>
  run !== null && run.kind === 'upgrade' && run.allowed !== 'activate';

function tooLate(fleet: StagedFleet, node: StagedNode): Step | null {
  const { limits } = fleet.policy;
  const { run } = node;
  if (run === null) return null;
  const isLate = (sinceMs: number | undefined, limitMs: number): boolean =>
    sinceMs !== undefined && fleet.nowMs - sinceMs > limitMs;
  switch (node.stage) {
    case 'preparing':
      return isLate(run.since.prepare, limits.prepareMs)
        ? close(node, 'failed', 'TIMED_OUT: the release was not prepared in time')
        : null;
    case 'draining':
      return isLate(run.since.drain, limits.drainMs) ? lateDrain(fleet, node) : null;
    case 'switching':
    case 'back':
      return isLate(run.since.activate, limits.switchMs)
        ? close(node, 'failed', 'TIMED_OUT: the node did not come back healthy in time')
        : null;
    default:
      return null;
  }
}

function lateDrain({ policy }: StagedFleet, node: StagedNode): Step | null {
  const what = `its pods did not leave in time${node.run?.blockedBy == null ? '' : `: ${node.run.blockedBy}`}`;
  switch (policy.drainPolicy) {
    case 'wait':
      return null;
    case 'force':
      return { do: 'force-drain', node: node.name };
    case 'quarantine':
      return { ...close(node, 'quarantined', what), uncordon: false };
    case 'abort':
      return attemptsOf(node) >= policy.limits.maxAttempts
        ? close(node, 'failed', `DRAIN_BLOCKED: ${what}`)
        : close(node, 'postponed', what);
    default:
      return policy.drainPolicy satisfies never;
  }
}

/** This one included. */
export const attemptsOf = ({ outcome }: Pick<StagedNode, 'outcome'>): number =>
  (outcome?.kind === 'postponed' ? outcome.attempts : 0) + 1;

/** A node that is not Ready stays cordoned until it is: nothing should be placed there. */
function close(
  { name, isReady }: StagedNode,
  outcome: NodeOutcome['kind'],
  message: string,
): Close {
  return { do: 'close', node: name, outcome, message, uncordon: isReady };
}
