import type { FailureReason } from '../disk/slot-records.ts';
import type { CheckResult } from './health/health-check.ts';
import { OperationQueue, type Started } from './operation-queue.ts';
import { settleState } from './slots/save-state.ts';
import type { NodeState } from './slots/node-state.ts';
import { statusOf, type AgentStatus } from './status.ts';
import { prepareRelease, type NodeParts, type PrepareOrder } from './upgrade/prepare-release.ts';
import type { PrepareResult } from './upgrade/prepare-slot.ts';
import {
  activateSlot,
  commitSlot,
  deactivateSlot,
  recordRefusal,
  rollBackSlot,
} from './upgrade/switch-slot.ts';

/** What the agent of one node works on. */
export interface AgentParts extends NodeParts {
  readonly version: string;
  /** Restarts the machine in order. */
  readonly restart: () => Promise<void>;
}

/** Everything that can be asked of a node; each changing call is one operation. */
export class Agent {
  readonly operations = new OperationQueue();
  readonly #parts: AgentParts;
  #trial: AgentStatus['trial'] = null;

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  get version(): string {
    return this.#parts.version;
  }

  /** What is required and not good on a trial, at the last look. */
  noteTrial(failing: readonly CheckResult[]): void {
    this.#trial = { failing };
  }

  async status(): Promise<AgentStatus> {
    const { version: agentVersion, disk, clock } = this.#parts;
    const { current: operation, last } = this.operations;
    // An operation may be writing: only operations write.
    const state = await settleState(disk, clock, { isReadOnly: true });
    const { booted } = disk;
    const isTrial = state.records[booted].state === 'trial';
    const trial = isTrial ? (this.#trial ?? { failing: [] }) : null;
    return statusOf({ agentVersion, booted, bootId: clock.bootId, state, operation, last, trial });
  }

  prepare(order: PrepareOrder): Started<PrepareResult> {
    return this.operations.start('prepare', order.release, async (signal, report) => {
      return await prepareRelease(order, { ...this.#parts, signal, report });
    });
  }

  activate(digest: string): Started<NodeState> {
    return this.operations.start('activate', digest, async () => {
      return await activateSlot(this.#parts, digest);
    });
  }

  cancelActivation(): Started<NodeState> {
    return this.operations.start('cancel-activation', null, async () => {
      return await deactivateSlot(this.#parts);
    });
  }

  commit(): Started<NodeState> {
    return this.operations.start('commit', null, async () => await commitSlot(this.#parts));
  }

  rollBack(): Started<NodeState> {
    return this.operations.start('rollback', null, async () => await rollBackSlot(this.#parts));
  }

  /** The release on trial is not healthy: the reason is kept, and it is not prepared here again. */
  refuseTrial(reason: FailureReason): Started<void> {
    return this.operations.start('refuse-trial', null, async () => {
      await recordRefusal(this.#parts, reason);
    });
  }

  async restart(): Promise<void> {
    await this.#parts.restart();
  }
}
