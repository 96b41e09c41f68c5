import { isDeepStrictEqual } from 'node:util';
import type { KubeApi } from '../../kube/kube-api.ts';
import { watchResource, type Watched } from '../../kube/watch-resource.ts';
import { readyDaemonSets } from '../health/decide-health.ts';
import { DAEMON_SETS, PODS, podsOn, type Named } from './drained-objects.ts';
import type { DrainRules } from './drain-rules.ts';
import { KeptVolumes, volumeOfClaim } from './kept-volumes.ts';
import { BUSY_MS, movePod } from './move-pod.ts';
import { NODE_VOLUMES, nodeNamed, volumesOf, type NodeVolumes } from './node-volumes.ts';
import { nextLookMs, planDrain, stayingPods } from './plan-drain.ts';
import type { Asked, Blocked, DrainPlan, DrainState } from './plan-drain.ts';
import type { Pod } from './pod.ts';

export interface DrainOptions {
  readonly rules: DrainRules;
  /** When it began, should it have begun before. Milliseconds since 1970. */
  readonly sinceMs: number;
  /** Whenever it is another. */
  readonly onReport: (seen: SeenDrain) => void;
  readonly onTrouble: (why: string) => void;
  readonly signal: AbortSignal;
  /** Kept by who drains many nodes, and says `look` when one changes; a drain by itself keeps its own. */
  readonly daemonSets?: Watched<Named>;
}

export interface SeenDrain {
  /** Empty when the node is drained. */
  readonly left: readonly Blocked[];
  /** `namespace/name` of DaemonSets of which a pod was Ready here since the drain began. */
  readonly daemonSets: readonly string[];
}

interface Cluster {
  readonly pods: Watched<Pod>;
  readonly daemonSets: Watched<Named>;
  readonly node: Watched<NodeVolumes>;
}

/** Between two looks, however soon the next is due. */
const LEAST_MS = 100;

/**
 * Moves the pods of one node, for as long as its signal lasts: what comes in between has to leave too. It watches the
 * pods of this node, evicts what `planDrain` says, and remembers what was answered.
 */
export class NodeDrain {
  readonly #api: KubeApi;
  readonly #node: string;
  readonly #options: DrainOptions;
  readonly #asked = new Map<string, Asked>();
  readonly #ready = new Set<string>();
  readonly #kept: KeptVolumes;
  #isForced = false;
  #rules: DrainRules;
  #watched: Cluster | null = null;
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #said = '';

  constructor(api: KubeApi, node: string, options: DrainOptions) {
    this.#api = api;
    this.#node = node;
    this.#options = options;
    this.#rules = options.rules;
    const { signal } = options;
    this.#kept = new KeptVolumes({
      read: async (claim) => await volumeOfClaim(api, claim, signal),
      ...options,
    });
  }

  /** Until the signal is aborted. */
  async run(): Promise<void> {
    const { signal, onTrouble, daemonSets: kept } = this.#options;
    const listener = { onChange: () => this.look(), onTrouble, signal };
    const pods = watchResource(this.#api, { ...PODS, query: podsOn(this.#node) }, listener);
    const daemonSets = kept ?? watchResource(this.#api, DAEMON_SETS, listener);
    const volumes = { ...NODE_VOLUMES, query: nodeNamed(this.#node) };
    const node = watchResource(this.#api, volumes, listener);
    const all = [pods, daemonSets, node];
    const own = kept === undefined ? all : [pods, node];
    const ended = Promise.all(own.map((watched) => watched.ended));
    await Promise.race([ended, Promise.all(all.map(({ listed }) => listed))]);
    this.#watched = { pods, daemonSets, node };
    this.look();
    await ended;
    await this.#turn;
    // The last look has set it, too.
    clearTimeout(this.#timer);
  }

  /** From now on what has to leave is deleted; budgets are not asked. */
  force(): void {
    if (this.#isForced) return;
    this.#isForced = true;
    this.look();
  }

  /** From now on these hold. */
  follow(rules: DrainRules): void {
    if (isDeepStrictEqual(rules, this.#rules)) return;
    this.#rules = rules;
    this.look();
  }

  /** One look after another, however often something changes. */
  look(): void {
    this.#turn = this.#turn
      .then(async () => await this.#step())
      .catch((error: unknown) => {
        if (this.#options.signal.aborted) return;
        this.#options.onTrouble(error instanceof Error ? error.message : String(error));
        this.#lookIn(BUSY_MS);
      });
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.look(), ms);
  }

  async #step(): Promise<void> {
    const { signal } = this.#options;
    if (signal.aborted || this.#watched === null) return;
    await this.#kept.learn(stayingPods(this.#seen(this.#watched)));
    const first = this.#plan(this.#watched);
    this.#report(this.#watched, first);
    const force = this.#isForced ? this.#deletable(this.#watched, first) : first.force;
    for (const pod of force) await this.#move(pod, true);
    if (!this.#isForced) for (const pod of first.evict) await this.#move(pod, false);
    this.#forgetGone(this.#watched);
    const then = this.#plan(this.#watched);
    this.#report(this.#watched, then);
    if (then.isDrained) return;
    const nowMs = Date.now();
    const waitMs = nextLookMs({ asked: this.#asked, nowMs }, then.forceMs) - nowMs;
    // Somebody became due meanwhile, or is gone and the watch has not told.
    const mostMs = then.evict.length > 0 ? BUSY_MS : waitMs;
    this.#lookIn(Math.max(Math.min(waitMs, mostMs), LEAST_MS));
  }

  #forgetGone({ pods }: Cluster): void {
    for (const uid of this.#asked.keys()) if (!pods.objects.has(uid)) this.#asked.delete(uid);
  }

  #plan(cluster: Cluster): DrainPlan {
    const seen = this.#seen(cluster);
    const attached = volumesOf(cluster.node.objects.values());
    // By force they are not waited for: nobody but the node itself can let go of them.
    const volumes = this.#isForced ? [] : this.#kept.others(attached, stayingPods(seen));
    const { sinceMs } = this.#options;
    return planDrain({ ...seen, volumes, asked: this.#asked, sinceMs, nowMs: Date.now() });
  }

  #seen({ pods, daemonSets }: Cluster): Pick<DrainState, 'pods' | 'view'> {
    const view = {
      rules: this.#rules,
      daemonSets: new Set(daemonSets.objects.keys()),
    };
    return { pods: [...pods.objects.values()], view };
  }

  #deletable({ pods: { objects } }: Cluster, { left }: DrainPlan): readonly Pod[] {
    const uids = new Set(left.flatMap((one) => ('uid' in one ? [one.uid] : [])));
    return [...objects.values()].filter(
      ({ metadata }) => uids.has(metadata.uid) && metadata.deletionTimestamp === undefined,
    );
  }

  async #move(pod: Pod, isForced: boolean): Promise<void> {
    const { signal } = this.#options;
    signal.throwIfAborted();
    const asked = await movePod(this.#api, pod, { isForced, signal });
    if (asked === null) this.#asked.delete(pod.metadata.uid);
    else this.#asked.set(pod.metadata.uid, asked);
  }

  #report({ pods }: Cluster, { left }: DrainPlan): void {
    for (const name of readyDaemonSets(pods.objects.values())) this.#ready.add(name);
    const seen = { left, daemonSets: [...this.#ready].toSorted() };
    const said = JSON.stringify(seen);
    if (said === this.#said) return;
    this.#said = said;
    this.#options.onReport(seen);
  }
}
