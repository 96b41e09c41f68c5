import { close, isReadyOfBefore, takesPods, type Close } from './close-step.ts';
import type { Limits } from './fleet.ts';
import { lateDrain } from './late-drain.ts';
import { isReadyInThisBoot, isUnderWay } from './stage.ts';
import type { StagedFleet, StagedNode } from './staged-fleet.ts';
import type { Step } from './step.ts';

/** Runs that are over: at their goal, failed, too late, or not wanted any more. One step for a node at most. */
export function closeRuns(fleet: StagedFleet, isStopped: boolean): readonly Step[] {
  return fleet.nodes.flatMap((node) => {
    const step = isUnderWay(node.stage) ? endOf(fleet, node, isStopped) : leftCordon(node);
    return step === null ? [] : [step];
  });
}

/** The operator stopped between closing a run and lifting its cordon, or the node came back late. */
function leftCordon(node: StagedNode): Step | null {
  if (!node.isCordoned || !node.isCordonOurs || node.isQuarantined || !takesPods(node)) return null;
  return { do: 'uncordon', node: node.name };
}

function endOf(fleet: StagedFleet, node: StagedNode, isStopped: boolean): Step | null {
  if (node.stage === 'settled') {
    return node.run?.kind === 'rollback'
      ? close(node, 'rolled-back', 'runs the release before, and is Ready')
      : close(node, 'done', 'runs the release, and is Ready');
  }
  if (node.stage === 'failed') return failed(node);
  return tooLate(fleet, node) ?? unwanted(fleet, node, isStopped);
}

function failed(node: StagedNode): Close | null {
  const reported = node.run?.reported;
  if (reported?.phase !== 'failed' && reported?.phase !== 'fell-back') return null;
  // Kubelet says Ready anew soon, or the cluster no longer believes it.
  if (reported.phase === 'fell-back' && isReadyOfBefore(node)) return null;
  return close(node, reported.phase, `${reported.code}: ${reported.message}`);
}

/** Until it may activate nothing of it was noticed but the drain. The way back is what a stop asks for. */
function unwanted({ policy }: StagedFleet, node: StagedNode, isStopped: boolean): Close | null {
  const { run } = node;
  if (run === null || run.allowed === 'activate') return null;
  if (isStopped) {
    return run.kind === 'upgrade' ? close(node, 'undone', 'the rollout was stopped') : null;
  }
  const isAskedFor = run.kind === 'upgrade' && run.target.digest === policy.target.digest;
  return isAskedFor ? null : close(node, 'undone', `${policy.target.version} is asked for now`);
}

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
      return isLate(switchedMs(node, run), limits.switchMs + heldMs(run, limits))
        ? lateSwitch(node)
        : null;
    case 'back':
      return isLate(switchedMs(node, run), limits.switchMs + limits.readyMs)
        ? lateSwitch(node)
        : null;
    default:
      return null;
  }
}

/** One that somebody else has switched has been at it for as long as it is up, or down, since. */
const switchedMs = (node: StagedNode, { since }: NonNullable<StagedNode['run']>) =>
  since.activate ?? (isReadyOfBefore(node) ? undefined : node.readySinceMs);

/** On trial it is not let commit before it was Ready for so long. */
const heldMs = ({ reported }: NonNullable<StagedNode['run']>, { readyMs }: Limits): number =>
  reported.phase === 'verifying' ? readyMs : 0;

/**
 * One that is Ready, and not well, gets no pods: it stays cordoned until somebody has looked. So does one that was let switch and
 * not restarted: whatever restarts it later tries the release.
 */
function lateSwitch(node: StagedNode): Close {
  const unhealthy = node.run?.unhealthy ?? null;
  if (isArmed(node)) return quarantine(node, NOT_RESTARTED);
  return unhealthy === null
    ? close(node, 'failed', LATE)
    : quarantine(node, `${LATE}: ${unhealthy}`);
}

const LATE = 'TIMED_OUT: the node did not come back healthy in time';
const NOT_RESTARTED =
  'TIMED_OUT: the node was not restarted in time, and its next start may try the release';

/** One without a cordon of ours, which somebody has switched by hand, has pods already. */
const quarantine = (node: StagedNode, message: string): Close =>
  node.isCordonOurs
    ? { ...close(node, 'quarantined', message), uncordon: false }
    : close(node, 'failed', message);

/** By kubelet's word, too: a proxy that ended with the old boot says nothing of the new one. */
const isArmed = (node: StagedNode): boolean =>
  isReadyInThisBoot(node) && node.booted?.bootId === node.run?.bootId;
