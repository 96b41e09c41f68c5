import type { KubeApi } from '../../kube/kube-api.ts';
import { watchResource, type Watched } from '../../kube/watch-resource.ts';
import { NodeDrain } from '../drain/drain-node.ts';
import { DAEMON_SETS, type Named } from '../drain/drained-objects.ts';
import type { DrainRules } from '../drain/drain-rules.ts';
import { firstOf } from '../drain/plan-drain.ts';
import type { DrainReport } from './cluster-view.ts';
import { WorkByNode, type NodeWork, type WorkPlace } from '../work-by-node.ts';

interface Running extends NodeWork<DrainOrder> {
  readonly drain: NodeDrain;
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
  readonly #byNode = new WorkByNode<DrainOrder, DrainReport, Running>((node, order, place) =>
    this.#start(node, order, place),
  );
  readonly #end = new AbortController();
  #daemonSets: Watched<Named> | null = null;

  constructor(api: KubeApi, listener: DrainListener) {
    this.#api = api;
    this.#listener = listener;
  }

  get reports(): ReadonlyMap<string, DrainReport> {
    return this.#byNode.reports;
  }

  /** From now on these nodes are drained, and no others. */
  keep(nodes: ReadonlyMap<string, DrainOrder>): void {
    this.#byNode.keep(nodes);
  }

  force(node: string): void {
    this.#byNode.of(node)?.drain.force();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all([this.#byNode[Symbol.asyncDispose](), this.#daemonSets?.ended]);
  }

  /** The same for all nodes: kept once from the first drain on, which costs no request while nothing changes. */
  #watchDaemonSets(): Watched<Named> {
    this.#daemonSets ??= watchResource(this.#api, DAEMON_SETS, {
      onChange: () => {
        for (const { drain } of this.#byNode.works) drain.look();
      },
      onTrouble: this.#listener.onTrouble,
      signal: this.#end.signal,
    });
    return this.#daemonSets;
  }

  #start(node: string, order: DrainOrder, { signal, report }: WorkPlace<DrainReport>): Running {
    const drain = new NodeDrain(this.#api, node, {
      ...{ ...order, signal, daemonSets: this.#watchDaemonSets() },
      onTrouble: (why) => this.#listener.onTrouble(`drain of ${node}: ${why}`),
      onReport: ({ left, daemonSets }) => {
        if (signal.aborted) return;
        report({ isDrained: left.length === 0, blockedBy: firstOf(left), daemonSets });
        this.#listener.onChange();
      },
    });
    return { drain, ended: drain.run(), follow: ({ rules }) => drain.follow(rules) };
  }
}
