import type { KubeApi } from '../../kube/kube-api.ts';
import type { OsObject } from '../../rollout/api/os-object.ts';
import type { OsPlace } from '../../rollout/client/os-objects.ts';
import {
  measureMigration,
  type MigrationMeasure,
} from '../../rollout/migration/measure-migration.ts';
import { watchNodes, type NodeWatch } from '../../rollout/progress/watch-nodes.ts';
import {
  rolloutReport,
  type Ending,
  type RolloutReport,
} from '../../rollout/report/rollout-report.ts';
import { RunLog } from '../../rollout/report/run-log.ts';
import { messageOf } from './message-of.ts';
import { ProgressFollower } from './progress-follower.ts';
import type { RolloutDisplay } from './rollout-display.ts';
import { tellOperatorAway } from './tell-operator-away.ts';

const NOT_SEEN =
  'nodes are not shown: that needs list and watch of nodes and osinstances (ClusterRole kubeos-view)';
const NOT_MEASURED =
  'services are not measured: that needs list and watch of endpointslices and pods in all namespaces (ClusterRole view of Kubernetes has them)';
const LAST_LOOK_MS = 30_000;
const OPERATOR_MS = 60_000;

/** Sees beside a wait what its nodes do, shows it, and remembers it. The wait needs none of it, and goes on whatever comes of it. */
export class RolloutObserver {
  readonly #api: KubeApi;
  readonly #place: OsPlace;
  readonly #display: RolloutDisplay;
  readonly #signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #runs = new RunLog();
  readonly #follower: ProgressFollower;
  readonly #fromMs = Date.now();
  #nodes: NodeWatch | null = null;
  #migration: MigrationMeasure | null = null;
  #operator: Promise<void> | null = null;
  #begun: Promise<unknown> = Promise.resolve();

  constructor(
    api: KubeApi,
    place: OsPlace,
    { display, signal }: { readonly display: RolloutDisplay; readonly signal: AbortSignal },
  ) {
    this.#api = api;
    this.#place = place;
    this.#display = display;
    this.#signal = AbortSignal.any([signal, this.#over.signal]);
    this.#follower = new ProgressFollower(display.draw);
  }

  begin({ measureServices }: { readonly measureServices: boolean }): void {
    const begun = [this.#try('nodes are not shown', async () => await this.#watch())];
    if (measureServices) {
      begun.push(this.#try('services are not measured', async () => await this.#measure()));
    }
    this.#begun = Promise.all(begun);
    this.#operator = tellOperatorAway(this.#api, {
      ...{ everyMs: OPERATOR_MS, tell: this.#display.trouble, signal: this.#signal },
    });
  }

  see(os: OsObject): void {
    this.#follower.os = os;
    this.#display.tell(os);
  }

  /** The object's end may be told before that of the nodes that led to it. */
  async lastLook(): Promise<void> {
    await this.#begun;
    const until = AbortSignal.any([this.#signal, AbortSignal.timeout(LAST_LOOK_MS)]);
    try {
      await this.#nodes?.refresh(until);
      this.#changed();
    } catch (error) {
      if (!this.#signal.aborted) this.#display.trouble(messageOf(error));
    }
    this.#follower.draw();
  }

  report(ending: Ending): RolloutReport {
    return rolloutReport({
      ...{ place: this.#place, progress: this.#follower.look(), runs: this.#runs, ending },
      ...{ fromMs: this.#fromMs, untilMs: Date.now() },
      migration: this.#migration?.report() ?? null,
    });
  }

  async end(): Promise<void> {
    this.#follower.stop();
    this.#over.abort();
    await this.#begun;
    await Promise.all([this.#nodes?.ended, this.#migration?.ended, this.#operator]);
  }

  async #try(without: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#signal.aborted) this.#display.trouble(`${without}: ${messageOf(error)}`);
    }
  }

  async #watch(): Promise<void> {
    this.#nodes = await watchNodes(this.#api, {
      ...{ onChange: () => this.#changed(), onTrouble: this.#display.trouble },
      signal: this.#signal,
    });
    if (this.#nodes === null) this.#display.trouble(NOT_SEEN);
    this.#follower.nodes = this.#nodes;
    this.#changed();
  }

  async #measure(): Promise<void> {
    const isLeft = (node: string): boolean => LEFT.has(this.#allowedOn(node));
    this.#migration = await measureMigration(this.#api, isLeft, {
      ...{ signal: this.#signal, onTrouble: this.#display.trouble },
    });
    if (this.#migration === null) this.#display.trouble(NOT_MEASURED);
  }

  #allowedOn(node: string): string {
    return this.#nodes?.instances().get(node)?.spec.run?.allowed ?? '';
  }

  #changed(): void {
    if (this.#nodes !== null) this.#runs.note(this.#nodes.instances(), Date.now());
    this.#follower.changed();
  }
}

/** How far a run has come when the operator empties its node, or has emptied it. */
const LEFT: ReadonlySet<string> = new Set(['drain', 'activate']);
