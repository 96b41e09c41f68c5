import type { HaltReason, NodeOutcome, NodeRun, TargetRelease } from './fleet.ts';
import type { GateName } from './gates.ts';

/** What is to be done now. Each may be repeated: a step that was done is not asked for again once it is observed. */
export type Step =
  /** Mark the node, and let it fetch. */
  | {
      readonly do: 'begin';
      readonly node: string;
      readonly kind: NodeRun['kind'];
      readonly target: TargetRelease;
    }
  /** Cordon it, and move its pods. */
  | { readonly do: 'drain'; readonly node: string }
  /** Cordon it again: somebody has lifted it while its pods are moved. */
  | { readonly do: 'cordon'; readonly node: string }
  /** Delete what did not leave in time. */
  | { readonly do: 'force-drain'; readonly node: string }
  /** Let it switch: from here the only way is forward. */
  | { readonly do: 'activate'; readonly node: string }
  /** Let it commit what it runs on trial: the cluster finds it Ready. */
  | { readonly do: 'commit'; readonly node: string }
  /** End its run. A cordon of ours is lifted where the node can work. */
  | {
      readonly do: 'close';
      readonly node: string;
      readonly outcome: NodeOutcome['kind'];
      readonly message: string;
      readonly uncordon: boolean;
    }
  /** A cordon of ours that no run needs. */
  | { readonly do: 'uncordon'; readonly node: string }
  /** The wave with this index is over; written down with the time. */
  | { readonly do: 'end-wave'; readonly index: number }
  /** No node is begun any more, until a person says otherwise. */
  | { readonly do: 'halt'; readonly reason: HaltReason; readonly message: string };

/** Why a node has to wait: the rule, and what of it is not so yet. */
export interface Closed {
  /**
   * `halted`: the rollout has stopped; `drain`: pods that do not leave; `health`: what the node does not show yet in its
   * new boot; `proxy`: there is none.
   */
  readonly gate: GateName | 'halted' | 'drain' | 'health' | 'proxy';
  readonly because: string;
}

/** A node that waits, and for what. */
export interface Waiting {
  readonly node: string;
  readonly gates: readonly Closed[];
}

export interface Plan {
  readonly steps: readonly Step[];
  readonly waiting: readonly Waiting[];
}

export const only = (step: Step): Plan => ({ steps: [step], waiting: [] });
export const waits = (waiting: Waiting): Plan => ({ steps: [], waiting: [waiting] });
export const joined = (plans: readonly Plan[]): Plan => ({
  steps: plans.flatMap(({ steps }) => steps),
  waiting: plans.flatMap(({ waiting }) => waiting),
});
