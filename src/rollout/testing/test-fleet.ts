import type {
  Fleet,
  FleetNode,
  NodeOutcome,
  NodeRun,
  RolloutPolicy,
  TargetRelease,
} from '../plan/fleet.ts';
import { ALWAYS_OPEN } from '../plan/schedule.ts';

export const ONE: TargetRelease = { version: '1.0.0', digest: 'sha256:one' };
export const TWO: TargetRelease = { version: '2.0.0', digest: 'sha256:two' };

const MINUTE = 60_000;

/** As an OS object without any optional field has it. */
export const POLICY: RolloutPolicy = {
  ...{
    target: TWO,
    kubeletVersion: null,
    kubeletSaidBy: null,
    isSerial: false,
    withControlPlane: false,
  },
  ...{ maxUnavailable: { count: 1 }, maxUnavailablePerZone: null, waves: [], maxPreparing: 10 },
  ...{
    failureBudget: { count: 0 },
    onFailure: 'halt',
    schedule: ALWAYS_OPEN,
    drainPolicy: 'abort',
  },
  limits: {
    ...{ prepareMs: 60 * MINUTE, drainMs: 30 * MINUTE, switchMs: 20 * MINUTE, readyMs: MINUTE },
    ...{ deadMs: 60 * MINUTE, rolloutMs: null, retryMs: 15 * MINUTE, maxAttempts: 3 },
    predicted: { drainMs: 5 * MINUTE, switchMs: 10 * MINUTE },
  },
};

export function testNode(name: string, change: Partial<FleetNode> = {}): FleetNode {
  return {
    ...{
      name,
      uid: `uid-${name}`,
      createdMs: 0,
      zone: null,
      isControlPlane: false,
      run: null,
      outcome: null,
    },
    kubeletBootId: `${name}-boot`,
    ...{ isReady: true, readySinceMs: 0, isCordoned: false, isCordonOurs: false },
    ...{ isQuarantined: false, isArmed: false, refused: null },
    booted: { digest: ONE.digest, bootId: `${name}-boot`, isOnTrial: false },
    ...change,
  };
}

/** Just begun. */
export function testRun(change: Partial<NodeRun> = {}): NodeRun {
  return {
    ...{ target: TWO, from: ONE, kind: 'upgrade', allowed: 'prepare', since: { prepare: 0 } },
    ...{ commitIn: null, isDrainedByProxy: false },
    ...{ bootId: 'before', reported: { phase: 'preparing' }, isDrained: false, blockedBy: null },
    unhealthy: null,
    ...change,
  };
}

export function testOutcome(kind: NodeOutcome['kind'], change: Partial<NodeOutcome> = {}) {
  const outcome: NodeOutcome = {
    kind,
    run: 'upgrade',
    atMs: 0,
    from: ONE,
    attempts: 0,
    message: 'why',
  };
  return { ...outcome, ...change };
}

/** Begins at 0, the first millisecond of 1970: a Thursday. */
export function testFleet(nodes: readonly FleetNode[], policy: Partial<RolloutPolicy> = {}): Fleet {
  return {
    nodes,
    policy: { ...POLICY, ...policy },
    course: { startedMs: 0, waves: [], halted: null, measured: { drainMs: [], switchMs: [] } },
    wishes: { paused: null, approvedWaves: 0, aborted: false, rollback: false },
    ...{
      halted: new Set<string>(),
      failedBefore: null,
      apiServerVersion: '1.34.1',
      operatorNode: null,
    },
  };
}
