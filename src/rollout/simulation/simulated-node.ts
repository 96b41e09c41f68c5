import type { FleetNode, NodeRun, ReportedPhase, TargetRelease } from '../plan/fleet.ts';

/** What a simulated node takes for each part of a run, in milliseconds, and what goes wrong with it. */
export interface Behaviour {
  readonly prepareMs: number;
  readonly drainMs: number;
  readonly rebootMs: number;
  readonly verifyMs: number;
  /**
   * `falls-back`: the release is not healthy here; `dies`: it does not come back; `hangs`: it comes back and never
   * commits; `unhealthy`: it comes back without something that only the cluster sees; `blocked`: a pod never leaves;
   * `cannot-prepare`: the release does not come.
   */
  readonly fault: (typeof FAULTS)[number] | 'none';
}

export const FAULTS = [
  ...(['falls-back', 'dies', 'hangs', 'unhealthy', 'blocked', 'cannot-prepare'] as const),
] as const;

export const WELL: Behaviour = {
  ...{ prepareMs: 60_000, drainMs: 60_000, rebootMs: 60_000, verifyMs: 30_000, fault: 'none' },
};

/** Proxy, agent and kubelet of one node, as far as the operator can see them. */
export function liveOn(node: FleetNode, behaviour: Behaviour, nowMs: number): FleetNode {
  const { run } = node;
  if (run === null) return node;
  const prepared = node.run?.reported.phase === 'preparing' ? prepare(run, behaviour, nowMs) : run;
  const drained = drain(prepared, behaviour, nowMs);
  return switchOver({ ...node, run: drained }, behaviour, nowMs);
}

function prepare(run: NodeRun, { prepareMs, fault }: Behaviour, nowMs: number): NodeRun {
  // The way back is in the standby slot already.
  const neededMs = run.kind === 'rollback' ? 0 : prepareMs;
  if (nowMs - run.since.prepare < neededMs) return run;
  if (fault !== 'cannot-prepare' || run.kind === 'rollback')
    return reporting(run, { phase: 'prepared' });
  return reporting(run, { phase: 'failed', code: 'NETWORK', message: 'no server answers' });
}

function drain(run: NodeRun, { drainMs, fault }: Behaviour, nowMs: number): NodeRun {
  if (run.since.drain === undefined || run.isDrained) return run;
  if (fault === 'blocked')
    return { ...run, blockedBy: 'pod db-0: PodDisruptionBudget db allows none' };
  return nowMs - run.since.drain < drainMs ? run : { ...run, isDrained: true, blockedBy: null };
}

function switchOver(node: FleetNode, behaviour: Behaviour, nowMs: number): FleetNode {
  const { run } = node;
  if (run === null) return node;
  if (run.since.activate === undefined) return switchedByHand(node, run);
  // The release before has no fault.
  const fault = run.kind === 'upgrade' ? behaviour.fault : 'none';
  if (isFinal(run.reported)) return fault === 'unhealthy' ? node : well(node, run);
  const passedMs = nowMs - run.since.activate;
  if (fault === 'dies' || passedMs < behaviour.rebootMs) {
    return rebooting(node, run, run.since.activate);
  }
  const back = comeBack(node, run, run.since.activate + behaviour.rebootMs);
  if (fault === 'falls-back') return fallBack(back, run);
  return runTarget(back, run, { behaviour: { ...behaviour, fault }, passedMs });
}

/** Somebody was before the operator: it is there already, and waits to be let commit. */
function switchedByHand(node: FleetNode, run: NodeRun): FleetNode {
  const { booted } = node;
  if (booted === null || run.commitIn !== booted.bootId) return node;
  const committed = reporting(run, { phase: 'committed' });
  return { ...node, booted: { ...booted, isOnTrial: false }, run: committed };
}

function runTarget(
  back: FleetNode,
  run: NodeRun,
  { behaviour, passedMs }: { readonly behaviour: Behaviour; readonly passedMs: number },
): FleetNode {
  const { fault } = behaviour;
  const hasCommitted = fault !== 'hangs' && commits(run, behaviour, passedMs);
  const now = reporting(run, { phase: hasCommitted ? 'committed' : 'verifying' });
  const booted = { ...bootedInto(run.target, run), isOnTrial: !hasCommitted };
  const unhealthy = fault === 'unhealthy' ? 'pod net-1 of DaemonSet net is not Ready' : null;
  return { ...back, booted, run: { ...now, unhealthy } };
}

const well = (node: FleetNode, run: NodeRun): FleetNode =>
  run.unhealthy === null ? node : { ...node, run: { ...run, unhealthy: null } };

function commits(run: NodeRun, { rebootMs, verifyMs }: Behaviour, passedMs: number): boolean {
  const healthyForMs = passedMs - rebootMs - verifyMs;
  const isLet = run.commitIn === bootedInto(run.target, run).bootId;
  return healthyForMs >= (isLet ? 0 : HOLD_MS);
}

/** A healthy node that nobody lets commit does so by itself. */
const HOLD_MS = 11 * 60_000;

const isFinal = ({ phase }: ReportedPhase): boolean =>
  phase === 'committed' || phase === 'fell-back' || phase === 'failed';

const reporting = (run: NodeRun, reported: ReportedPhase): NodeRun => ({ ...run, reported });

const bootedInto = ({ digest }: TargetRelease, { bootId }: NodeRun) => ({
  digest,
  bootId: `${bootId}+`,
});

function rebooting(node: FleetNode, run: NodeRun, sinceMs: number): FleetNode {
  return { ...notReady(node, sinceMs), run: reporting(run, { phase: 'rebooting' }) };
}

const notReady = (node: FleetNode, sinceMs: number): FleetNode =>
  node.isReady ? { ...node, isReady: false, readySinceMs: sinceMs } : node;

function comeBack(node: FleetNode, run: NodeRun, sinceMs: number): FleetNode {
  const { bootId: kubeletBootId } = bootedInto(run.target, run);
  return node.isReady && node.kubeletBootId === kubeletBootId
    ? node
    : { ...node, isReady: true, readySinceMs: sinceMs, kubeletBootId };
}

function fallBack(node: FleetNode, run: NodeRun): FleetNode {
  const booted = node.booted === null ? null : { ...node.booted, bootId: `${run.bootId}+` };
  const message = 'kubelet.service failed';
  return {
    ...node,
    booted,
    run: reporting(run, { phase: 'fell-back', code: 'UNHEALTHY', message }),
  };
}
