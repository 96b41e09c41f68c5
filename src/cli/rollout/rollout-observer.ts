import type { KubeApi } from '../../kube/kube-api.ts';
import type { OsObject } from '../../rollout/api/os-object.ts';
import type { OsPlace } from '../../rollout/client/os-objects.ts';
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

const NOT_SEEN =
  'nodes are not shown: that needs list and watch of nodes and osinstances (ClusterRole kubeos-view)';
const LAST_LOOK_MS = 30_000;

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
  #begun: Promise<void> = Promise.resolve();

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

  begin(): void {
    this.#begun = this.#watch().catch((error: unknown) => {
      if (!this.#signal.aborted) {
        this.#display.trouble(`nodes are not shown: ${messageOf(error)}`);
      }
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
    });
  }

  async end(): Promise<void> {
    this.#follower.stop();
    this.#over.abort();
    await this.#begun;
    await this.#nodes?.ended;
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

  #changed(): void {
    if (this.#nodes !== null) this.#runs.note(this.#nodes.instances(), Date.now());
    this.#follower.changed();
  }
}
