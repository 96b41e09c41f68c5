import { isDeepStrictEqual } from 'node:util';
import type { Duplex } from 'node:stream';
import type { FailureReason } from '../disk/slot-records.ts';
import { EventStream } from './events/event-stream.ts';
import type { ConfigurationResult } from './configure/configuration-result.ts';
import type { ConfigureOrder } from './configure/settings.ts';
import type { GrubKeeper } from './grub/keep-grub.ts';
import type { CheckResult } from './health/health-check.ts';
import type { LastWords } from './failure/last-words.ts';
import { AgentMetrics } from './metrics/agent-metrics.ts';
import {
  OperationQueue,
  type OperationListener,
  type Started,
  type Work,
} from './operations/operation-queue.ts';
import type { OperationResult } from './operations/operation.ts';
import { readDataReport } from './persist/data-report.ts';
import { secureWayBack, type WayBackParts } from './persist/way-back.ts';
import { settleState } from './slots/save-state.ts';
import type { Watchdog } from './node/find-watchdog.ts';
import type { NodeState } from './slots/node-state.ts';
import { statusOf, type AgentStatus } from './status.ts';
import type { RootTarOrder } from './root-tar/root-tar-order.ts';
import type { NodeParts, ReleaseOrder } from './upgrade/find-release.ts';
import type { ReleasePlan } from './upgrade/plan-release.ts';
import type { PrepareOrder } from './upgrade/prepare-release.ts';
import type { PrepareResult } from './upgrade/prepare-slot.ts';
import {
  activateSlot,
  commitSlot,
  deactivateSlot,
  recordExplanation,
  recordRefusal,
  rollBackSlot,
} from './upgrade/switch-slot.ts';

// What is needed seldom is loaded when it is: an idle daemon holds no more than it uses.

/** What the agent of one node works on. */
export interface AgentParts extends NodeParts, WayBackParts {
  readonly disk: NodeParts['disk'];
  readonly version: string;
  /** File of the image that says whether images that nobody signed are taken. */
  readonly trust: string;
  /** Directory of certificates that an order for one may name. */
  readonly certificates: string;
  /** How the last operation ended, before this start. */
  readonly last: OperationResult | null;
  /** Keeps how an operation ended; may not throw. */
  readonly keep: (result: OperationResult) => void;
  readonly watchdog: Watchdog;
  /** Restarts the machine in order. */
  readonly restart: () => Promise<void>;
  /** A process that may write what is configured. */
  readonly connectConfigurer: () => Promise<Duplex>;
  readonly grub: GrubKeeper;
}

/** Everything that can be asked of a node; each changing call is one operation. */
export class Agent {
  readonly events = new EventStream();
  readonly operations: OperationQueue;
  readonly #parts: AgentParts;
  readonly #metrics: AgentMetrics;
  #last: OperationResult | null;
  #trial: AgentStatus['trial'] = null;
  #preparing: { readonly order: object; readonly started: Started<PrepareResult> } | null = null;
  #lastWords: ReadonlyMap<string, LastWords> = new Map();
  #told: Promise<void> = Promise.resolve();

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#last = parts.last;
    this.#metrics = new AgentMetrics(parts.version);
    const listener: OperationListener = {
      onChange: (operation) => this.events.emit({ event: 'operation', operation }),
      onEnd: (result) => this.#end(result),
    };
    this.operations = new OperationQueue(listener, parts.last?.id);
  }

  get version(): string {
    return this.#parts.version;
  }

  /** What is required and not good on a trial, at the last look; `commitsAt`: nothing, and it is held until then. */
  noteTrial(failing: readonly CheckResult[], commitsAt: string | null = null): void {
    if (isDeepStrictEqual(this.#trial, { failing, commitsAt })) return;
    this.#trial = { failing, commitsAt };
    this.#tellStatus();
  }

  async status(): Promise<AgentStatus> {
    const { version: agentVersion, disk, clock, watchdog } = this.#parts;
    const operation = this.operations.current;
    const last = this.#last;
    // An operation may be writing: only operations write.
    const state = await settleState(disk, clock, { isReadOnly: true });
    const { booted } = disk;
    const grub = this.#parts.grub.status();
    const isTrial = state.records[booted].state === 'trial';
    const trial = isTrial ? (this.#trial ?? { failing: [], commitsAt: null }) : null;
    const lastWords = this.#lastWords;
    const data = await readDataReport(this.#parts.dataReport);
    const droppedArguments = await disk.droppedArguments();
    const running = { agentVersion, booted, bootId: clock.bootId, trial, watchdog, data, grub };
    return statusOf({ ...running, droppedArguments, state, operation, last, lastWords });
  }

  /** As Prometheus reads it. */
  async metrics(): Promise<string> {
    return await this.#metrics.text(await this.status());
  }

  /** Changes nothing, but reads the disk: not while something else goes on. */
  plan(order: ReleaseOrder): Started<ReleasePlan> {
    return this.operations.start('plan', order.release, async (signal, report) => {
      const { planRelease } = await import('./upgrade/plan-release.ts');
      return await planRelease(order, { ...this.#parts, signal, report });
    });
  }

  /** The same order while it is under way is the same operation. */
  prepare(order: PrepareOrder): Started<PrepareResult> {
    return this.#prepareOnce(order, order.release, async (signal, report) => {
      const { prepareRelease } = await import('./upgrade/prepare-release.ts');
      return await prepareRelease(order, { ...this.#parts, signal, report });
    });
  }

  /** The same for a root file system that comes as a plain tar. */
  prepareTar(order: RootTarOrder): Started<PrepareResult> {
    return this.#prepareOnce(order, `sha256:${order.checksum}`, async (signal, report) => {
      const { prepareRootTar } = await import('./root-tar/prepare-root-tar.ts');
      return await prepareRootTar(order, { ...this.#parts, signal, report });
    });
  }

  /** @param holdSeconds for so long a healthy trial is left to whoever asks for it to commit */
  activate(digest: string, holdSeconds = 0): Started<NodeState> {
    return this.operations.start('activate', digest, async () => {
      await this.#secureWayBack();
      return await activateSlot(this.#parts, digest, holdSeconds);
    });
  }

  cancelActivation(): Started<NodeState> {
    return this.operations.start('cancel-activation', null, async () => {
      return await deactivateSlot(this.#parts);
    });
  }

  /** @param how whether it may take back that somebody has asked for the other slot: only a person's may */
  commit(how: { readonly takesBack: boolean }): Started<NodeState> {
    return this.operations.start('commit', null, async () => {
      const state = await commitSlot(this.#parts, how);
      // What is committed is trusted with GRUB too.
      await this.#parts.grub.update();
      return state;
    });
  }

  retryGrub(): Started<void> {
    return this.operations.start('retry-grub', null, async () => await this.#parts.grub.retry());
  }

  rollBack(): Started<NodeState> {
    return this.operations.start('rollback', null, async () => {
      await this.#secureWayBack();
      return await rollBackSlot(this.#parts);
    });
  }

  async #secureWayBack(): Promise<void> {
    const { disk, clock } = this.#parts;
    await secureWayBack(this.#parts, await settleState(disk, clock, { isReadOnly: true }));
  }

  /** What the trials of releases that failed here left behind, by digest. */
  noteLastWords(words: ReadonlyMap<string, LastWords>): void {
    this.#lastWords = words;
  }

  explainFailure(digest: string, words: LastWords): Started<void> {
    return this.operations.start('explain-failure', digest, async () => {
      await recordExplanation(this.#parts, digest, words);
    });
  }

  configure(order: ConfigureOrder): Started<ConfigurationResult> {
    return this.operations.start('configure', null, async () => {
      const { askConfiguration } = await import('./configure/ask-configuration.ts');
      return await askConfiguration(this.#parts.connectConfigurer, order);
    });
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

  #prepareOnce(order: object, release: string, work: Work<PrepareResult>): Started<PrepareResult> {
    const before = this.#preparing;
    const isUnderWay = before?.started.operation.id === this.operations.current?.id;
    if (before !== null && isUnderWay && isDeepStrictEqual(before.order, order)) {
      return before.started;
    }
    const started = this.operations.start('prepare', release, work);
    this.#preparing = { order, started };
    return started;
  }

  #end(result: OperationResult): void {
    this.#metrics.count(result);
    this.events.emit({ event: 'result', result });
    // A plan is an answer to whoever asked; an explanation would hide what it explains.
    if (result.kind === 'plan' || result.kind === 'explain-failure') return this.#tellStatus();
    this.#last = result;
    this.#parts.keep(result);
    this.#tellStatus();
  }

  /** In order: an older status must not come after a newer one. */
  #tellStatus(): void {
    this.#told = this.#tellAfter(this.#told);
  }

  async #tellAfter(before: Promise<void>): Promise<void> {
    await before;
    const status = await this.status().catch(() => null);
    if (status !== null) this.events.emit({ event: 'status', status });
  }
}
