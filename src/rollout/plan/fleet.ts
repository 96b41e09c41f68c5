import type { Schedule } from './schedule.ts';

/** A release, as a node is told to run it: the digest decides, the version is for people. */
export interface TargetRelease {
  readonly version: string;
  readonly digest: string;
}

/** Everything that a decision depends on, as it was observed. Times in milliseconds since 1970. */
export interface Fleet {
  /** Of the selection; nodes of other rollouts are not in it. */
  readonly nodes: readonly FleetNode[];
  readonly policy: RolloutPolicy;
  readonly course: RolloutCourse;
  readonly wishes: Wishes;
  /** Digests that no node may start, because their repository has halted them. */
  readonly halted: ReadonlySet<string>;
  /** Why the release is not begun: nodes fell back from it before this rollout; null where none did. */
  readonly failedBefore: string | null;
  /** Of the API server, such as `1.34.2`. */
  readonly apiServerVersion: string;
  /** Where the operator itself runs; null for one outside of the cluster. */
  readonly operatorNode: string | null;
}

export interface FleetNode {
  readonly name: string;
  /** A node that was made anew under its name is another one. */
  readonly uid: string;
  /** When it joined the cluster. */
  readonly createdMs: number;
  readonly zone: string | null;
  readonly isControlPlane: boolean;
  readonly isReady: boolean;
  /** Since when it is, or is not, Ready; on its way back from a switch not before kubelet was heard in the new boot. */
  readonly readySinceMs: number;
  /** Of the boot in which kubelet said so; empty where it says none. */
  readonly kubeletBootId: string;
  readonly isCordoned: boolean;
  /** Whether the cordon is ours; somebody else's is never lifted. */
  readonly isCordonOurs: boolean;
  /** Its last run, of whichever release, left it cordoned for somebody to look at it. */
  readonly isQuarantined: boolean;
  /** Its standby slot is activated: whatever restarts it tries what is there. */
  readonly isArmed: boolean;
  /** What runs; null where no proxy has said it yet. */
  readonly booted: BootedRelease | null;
  /** What it is being made to do; null for an idle node. */
  readonly run: NodeRun | null;
  /** Why the API server takes no write for it, for people; null where it does, or was not asked. */
  readonly refused: string | null;
  /** How its last run for the target of this rollout ended; null where there was none. */
  readonly outcome: NodeOutcome | null;
}

export interface BootedRelease {
  readonly digest: string;
  readonly bootId: string;
  /** Not committed: it may still fall back by itself. */
  readonly isOnTrial: boolean;
}

/** What one node goes through, as operator and proxy have written it down. */
export interface NodeRun {
  readonly target: TargetRelease;
  /** What ran when it began; null where nobody knew its version. */
  readonly from: TargetRelease | null;
  readonly kind: 'upgrade' | 'rollback';
  /** How far the operator has let it go. */
  readonly allowed: 'prepare' | 'drain' | 'activate';
  /** When each of that was allowed. */
  readonly since: { readonly prepare: number; readonly drain?: number; readonly activate?: number };
  /** Boot id when the run began: a node with the same has not restarted. */
  readonly bootId: string;
  /** The boot that may be committed; null for none. */
  readonly commitIn: string | null;
  /** What the proxy says of it. */
  readonly reported: ReportedPhase;
  /** Its proxy cordons and drains it. */
  readonly isDrainedByProxy: boolean;
  /** Everything that had to leave has left. */
  readonly isDrained: boolean;
  /** The first thing that is in the way of that, for people. */
  readonly blockedBy: string | null;
  /** The first thing that the cluster misses of the node in its new boot, besides Ready, for people. */
  readonly unhealthy: string | null;
}

/** `prepared`: in the standby slot, read back. `committed`: the agent's own health gate has passed. */
export type ReportedPhase =
  | {
      readonly phase:
        'preparing' | 'prepared' | 'activating' | 'rebooting' | 'verifying' | 'committed';
    }
  | { readonly phase: 'failed' | 'fell-back'; readonly code: string; readonly message: string };

/** How the last run of a node for this rollout's release ended, or its way back from it. */
export interface NodeOutcome {
  /**
   * `undone`: stopped before it could be noticed, and begun again when the rollout goes on; `postponed`: its drain was
   * given up, and is tried again later; `quarantined`: given up, and left cordoned.
   */
  readonly kind:
    'done' | 'failed' | 'fell-back' | 'undone' | 'postponed' | 'quarantined' | 'rolled-back';
  /** Which run it was that ended so. */
  readonly run: NodeRun['kind'];
  readonly atMs: number;
  /** The release before the upgrade, for the way back: where a way back leads that did not come to its end. */
  readonly from: TargetRelease | null;
  /** How often it was postponed. */
  readonly attempts: number;
  readonly message: string;
}

/** A number of nodes, or a share of them in percent. */
export type Amount = { readonly count: number } | { readonly percent: number };

export interface Wave {
  /** Of all nodes of the selection, on top of the waves before. */
  readonly size: Amount;
  /** How long all must go well after it before the next begins. */
  readonly soakMs: number;
  /** A person says that the next may begin. */
  readonly needsApproval: boolean;
  /** More failures in this wave than this halt the rollout, however many it may have in all; none: no budget of its own. */
  readonly failureBudget?: Amount;
}

/** What the OS object asks for, validated. */
export interface RolloutPolicy {
  readonly target: TargetRelease;
  /** Kubelet in the target, such as `1.33.1`; null where nobody knows it yet. */
  readonly kubeletVersion: string | null;
  /** The node that says so; null where nobody had to. */
  readonly kubeletSaidBy: string | null;
  readonly maxUnavailable: Amount;
  /** At most so many of a zone are away at once; null for no limit of its own. */
  readonly maxUnavailablePerZone: number | null;
  readonly isSerial: boolean;
  /** None: one wave of all. */
  readonly waves: readonly Wave[];
  /** More failures than this halt the rollout. */
  readonly failureBudget: Amount;
  readonly onFailure: 'halt' | 'rollback';
  readonly schedule: Schedule;
  readonly withControlPlane: boolean;
  /** At most so many nodes fetch at once; fetching disturbs nobody, and goes ahead of the rest. */
  readonly maxPreparing: number;
  readonly drainPolicy: 'wait' | 'abort' | 'quarantine' | 'force';
  readonly limits: Limits;
}

/** How long what may take, in milliseconds. */
export interface Limits {
  readonly prepareMs: number;
  readonly drainMs: number;
  /** From the permission to activate to a committed release. */
  readonly switchMs: number;
  /** How long a node has to be Ready without a break before its run is over. */
  readonly readyMs: number;
  /** A node that is not Ready for longer is dead: it is not counted any more, and holds no place. */
  readonly deadMs: number;
  /** Of the whole rollout; null for none. */
  readonly rolloutMs: number | null;
  /** A postponed node waits so long, and twice as long each time. */
  readonly retryMs: number;
  /** More often it is not postponed: then it has failed. */
  readonly maxAttempts: number;
  /** What a drain and a switch take, before anything was measured. */
  readonly predicted: Durations<number>;
}

export interface Durations<Value> {
  /** From the cordon until everything has left. */
  readonly drainMs: Value;
  /** From the permission to activate until the node is given back. */
  readonly switchMs: Value;
}

/** What has happened so far, as the status of the OS object keeps it. */
export interface RolloutCourse {
  /** Or begun again, by a retry: from then on its deadline counts. */
  readonly startedMs: number;
  /** Finished waves, in order. */
  readonly waves: readonly { readonly finishedMs: number }[];
  readonly halted: {
    readonly reason: HaltReason;
    readonly message: string;
    readonly atMs: number;
  } | null;
  /** What the runs of this rollout took, for prediction. */
  readonly measured: Durations<readonly number[]>;
}

export const HALT_REASONS = [
  ...(['FailureBudgetSpent', 'DeadlineExceeded', 'ReleaseHalted'] as const),
  ...(['ReleaseFailedBefore', 'KubeletSkew', 'AbortedByUser'] as const),
] as const;
export type HaltReason = (typeof HALT_REASONS)[number];

/** What people have said to this rollout. */
export interface Wishes {
  readonly paused: { readonly by: string; readonly sinceMs: number | null } | null;
  /** Waves that may follow those before them. */
  readonly approvedWaves: number;
  readonly aborted: boolean;
  readonly rollback: boolean;
}
