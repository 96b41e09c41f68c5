import type { KubeApi } from '../../kube/kube-api.ts';
import { watchResource, type Watched, type WatchListener } from '../../kube/watch-resource.ts';
import { PODS, podsOn } from '../drain/drained-objects.ts';
import { WorkByNode, type NodeWork, type WorkPlace } from '../work-by-node.ts';
import { PLACED_DAEMON_SETS, type DaemonSet } from './daemon-set.ts';
import type { SeenPods } from './decide-health.ts';

/** Pods of nodes that are back from their restart, for as long as somebody waits for these; of no others. */
export class HealthWatches implements AsyncDisposable {
  readonly #api: KubeApi;
  readonly #listener: WatchListener;
  readonly #byNode = new WorkByNode<null, SeenPods>((node, _, place) => this.#start(node, place));
  readonly #end = new AbortController();
  #daemonSets: Watched<DaemonSet> | null = null;

  constructor(api: KubeApi, listener: WatchListener) {
    this.#api = api;
    this.#listener = listener;
  }

  /** By node; those that were not listed yet are missing. */
  get seen(): ReadonlyMap<string, SeenPods> {
    return this.#byNode.reports;
  }

  /** From now on the pods of these nodes are looked at, and of no others. */
  keep(nodes: ReadonlySet<string>): void {
    this.#byNode.keep(new Map([...nodes].map((node) => [node, null])));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort();
    await Promise.all([this.#byNode[Symbol.asyncDispose](), this.#daemonSets?.ended]);
  }

  /** The same for all nodes: kept once from the first node on, which costs no request while nothing changes. */
  #watchDaemonSets(): Watched<DaemonSet> {
    const { signal } = this.#end;
    const listener = { ...this.#listener, signal };
    this.#daemonSets ??= watchResource(this.#api, PLACED_DAEMON_SETS, listener);
    return this.#daemonSets;
  }

  #start(node: string, { signal, report }: WorkPlace<SeenPods>): NodeWork<null> {
    const onTrouble = (why: string): void =>
      this.#listener.onTrouble(`pods that ${node} has to show: ${why}`);
    const listener = { onChange: this.#listener.onChange, onTrouble, signal };
    const pods = watchResource(this.#api, { ...PODS, query: podsOn(node) }, listener);
    const daemonSets = this.#watchDaemonSets();
    const tell = (): void => {
      if (signal.aborted) return;
      report({ pods: pods.objects, daemonSets: daemonSets.objects });
      this.#listener.onChange();
    };
    void Promise.all([pods.listed, daemonSets.listed]).then(tell);
    return { ended: pods.ended };
  }
}
