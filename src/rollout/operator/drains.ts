import type { KubeApi } from '../../kube/kube-api.ts';
import { watchResource, type Watched } from '../../kube/watch-resource.ts';
import { NodeDrain } from '../drain/drain-node.ts';
import { DAEMON_SETS, type Named } from '../drain/drained-objects.ts';
import type { DrainRules } from '../drain/drain-rules.ts';
import { firstOf } from '../drain/plan-drain.ts';
import type { DrainReport } from './cluster-view.ts';

interface Running {
  readonly drain: NodeDrain;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

export interface DrainOrder {
  readonly rules: DrainRules;
  /** When it was allowed. */
  readonly sinceMs: number;
}

export interface DrainListener {
  readonly onChange: () => void;
  readonly onTrouble: (why: string) => void;
}

/** The drains that go on, one for each node whose run is let that far. */
export class Drains implements AsyncDisposable {
  readonly #api: KubeApi;
  readonly #listener: DrainListener;
  readonly #running = new Map<string, Running>();
  readonly #reports = new Map<string, DrainReport>();
  readonly #end = new AbortController();
  #daemonSets: Watched<Named> | null = null;

  constructor(api: KubeApi, listener: DrainListener) {
    this.#api = api;
    this.#listener = listener;
  }

  get reports(): ReadonlyMap<string, DrainReport> {
    return this.#reports;
  }

  /** From now on these nodes are drained, and no others. */
  keep(nodes: ReadonlyMap<string, DrainOrder>): void {
    for (const [name, { controller }] of this.#running) {
      if (nodes.has(name)) continue;
      controller.abort();
      this.#running.delete(name);
      this.#reports.delete(name);
    }
    for (const [name, order] of nodes) {
      const running = this.#running.get(name);
      if (running === undefined) this.#start(name, order);
      else running.drain.follow(order.rules);
    }
  }

  force(node: string): void {
    this.#running.get(node)?.drain.force();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = [...this.#running.values()].map((running) => running.ended);
    this.keep(new Map());
    this.#end.abort();
    await Promise.all([...ended, this.#daemonSets?.ended]);
  }

  /** The same for all nodes: kept once from the first drain on, which costs no request while nothing changes. */
  #watchDaemonSets(): Watched<Named> {
    this.#daemonSets ??= watchResource(this.#api, DAEMON_SETS, {
      onChange: () => {
        for (const { drain } of this.#running.values()) drain.look();
      },
      onTrouble: this.#listener.onTrouble,
      signal: this.#end.signal,
    });
    return this.#daemonSets;
  }

  #start(node: string, order: DrainOrder): void {
    const controller = new AbortController();
    const drain = new NodeDrain(this.#api, node, {
      ...{ ...order, signal: controller.signal, daemonSets: this.#watchDaemonSets() },
      onTrouble: (why) => this.#listener.onTrouble(`drain of ${node}: ${why}`),
      onReport: ({ left, daemonSets }) => {
        if (controller.signal.aborted) return;
        const isDrained = left.length === 0;
        this.#reports.set(node, { isDrained, blockedBy: firstOf(left), daemonSets });
        this.#listener.onChange();
      },
    });
    const ended = drain.run();
    this.#running.set(node, { drain, controller, ended });
  }
}
