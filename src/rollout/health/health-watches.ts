import type { KubeApi } from '../../kube/kube-api.ts';
import { watchResource, type Watched, type WatchListener } from '../../kube/watch-resource.ts';
import { PODS, podsOn } from '../drain/drained-objects.ts';
import { PLACED_DAEMON_SETS, type DaemonSet } from './daemon-set.ts';
import type { SeenPods } from './decide-health.ts';

interface Running {
  readonly controller: AbortController;
  readonly ended: Promise<unknown>;
}

/** Pods of nodes that are back from their restart, for as long as somebody waits for these; of no others. */
export class HealthWatches implements AsyncDisposable {
  readonly #api: KubeApi;
  readonly #listener: WatchListener;
  readonly #running = new Map<string, Running>();
  readonly #seen = new Map<string, SeenPods>();
  readonly #end = new AbortController();
  #daemonSets: Watched<DaemonSet> | null = null;

  constructor(api: KubeApi, listener: WatchListener) {
    this.#api = api;
    this.#listener = listener;
  }

  /** By node; those that were not listed yet are missing. */
  get seen(): ReadonlyMap<string, SeenPods> {
    return this.#seen;
  }

  /** From now on the pods of these nodes are looked at, and of no others. */
  keep(nodes: ReadonlySet<string>): void {
    for (const [name, { controller }] of this.#running) {
      if (nodes.has(name)) continue;
      controller.abort();
      this.#running.delete(name);
      this.#seen.delete(name);
    }
    for (const name of nodes) if (!this.#running.has(name)) this.#start(name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = [...this.#running.values()].map((running) => running.ended);
    this.keep(new Set());
    this.#end.abort();
    await Promise.all([...ended, this.#daemonSets?.ended]);
  }

  /** The same for all nodes: kept once from the first node on, which costs no request while nothing changes. */
  #watchDaemonSets(): Watched<DaemonSet> {
    const { signal } = this.#end;
    const listener = { ...this.#listener, signal };
    this.#daemonSets ??= watchResource(this.#api, PLACED_DAEMON_SETS, listener);
    return this.#daemonSets;
  }

  #start(node: string): void {
    const controller = new AbortController();
    const { signal } = controller;
    const onTrouble = (why: string): void =>
      this.#listener.onTrouble(`pods that ${node} has to show: ${why}`);
    const listener = { onChange: this.#listener.onChange, onTrouble, signal };
    const pods = watchResource(this.#api, { ...PODS, query: podsOn(node) }, listener);
    const daemonSets = this.#watchDaemonSets();
    this.#running.set(node, { controller, ended: pods.ended });
    const tell = (): void => {
      if (signal.aborted) return;
      this.#seen.set(node, { pods: pods.objects, daemonSets: daemonSets.objects });
      this.#listener.onChange();
    };
    void Promise.all([pods.listed, daemonSets.listed]).then(tell);
  }
}
