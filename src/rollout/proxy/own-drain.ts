import { setTimeout as sleep } from 'node:timers/promises';
import { applyObject } from '../../kube/apply-object.ts';
import { Backoff } from '../../kube/backoff.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { KubeosError } from '../../errors.ts';
import { MAX_DAEMON_SETS } from '../api/max-daemon-sets.ts';
import { MAX_MESSAGE, shorten } from '../api/shorten.ts';
import { NodeDrain, type SeenDrain } from '../drain/drain-node.ts';
import { firstOf } from '../drain/plan-drain.ts';
import { rulesTold } from '../drain/told-rules.ts';
import { markedNode, MARKS_MANAGER } from '../operator/node-marks.ts';
import type { GivenRun, ReportedRun } from './run-view.ts';

export interface OwnDrainParts {
  readonly nodeName: string;
  readonly onChange: () => void;
  readonly log: (line: string) => void;
}

const CORDON_EVERY_MS = 15_000;

/** @returns whether it goes on */
const pause = async (ms: number, signal: AbortSignal): Promise<boolean> =>
  await sleep(ms, true, { signal }).catch(() => false);

type DrainOrder = NonNullable<GivenRun['drain']>;
type ReportedDrain = NonNullable<ReportedRun['drain']>;

interface Running {
  readonly runId: string;
  readonly drain: NodeDrain;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/** The cordon and the drain of the proxy's own node, where the operator leaves them to it. */
export class OwnDrain implements AsyncDisposable {
  readonly #api: KubeApi;
  readonly #parts: OwnDrainParts;
  #running: Running | null = null;
  #report: ReportedDrain | null = null;

  constructor(api: KubeApi, parts: OwnDrainParts) {
    this.#api = api;
    this.#parts = parts;
  }

  /** How far it is; null while nothing is to be drained here. */
  get report(): ReportedDrain | null {
    return this.#report;
  }

  /** From now on for this run, and for no other. @param uid of the Node */
  keep(run: GivenRun | null, uid: string | undefined): void {
    const order = run?.allowed === 'drain' ? run.drain : undefined;
    if (run === null || order === undefined || uid === undefined) return this.#stop();
    if (this.#running?.runId !== run.id) this.#stop();
    this.#running ??= this.#start(run, order, uid);
    this.#running.drain.follow(rulesTold(order.rules));
    if (order.forced) this.#running.drain.force();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#running?.ended;
    this.#stop();
    await ended;
  }

  #stop(): void {
    this.#running?.controller.abort();
    this.#running = null;
    this.#report = null;
  }

  #start({ id: runId, since }: GivenRun, order: DrainOrder, uid: string): Running {
    const controller = new AbortController();
    const { signal } = controller;
    const { nodeName, log } = this.#parts;
    this.#report = { drained: false };
    const drain = new NodeDrain(this.#api, nodeName, {
      sinceMs: Date.parse(since.drain ?? since.prepare),
      ...{ rules: rulesTold(order.rules), signal, onTrouble: (why) => log(`drain: ${why}`) },
      onReport: (seen) => this.#say(reportOf(seen), signal),
    });
    const ended = this.#work(drain, { uid, cordonedBy: order.cordonedBy }, signal);
    return { runId, drain, controller, ended };
  }

  /** Nothing is evicted that the scheduler could put back. */
  async #work(drain: NodeDrain, cordon: Cordon, signal: AbortSignal): Promise<void> {
    const { nodeName: name, log } = this.#parts;
    const backoff = new Backoff();
    const { uid, cordonedBy } = cordon;
    const object = markedNode({ name, uid }, { isMarked: true, cordonedBy });
    const options = { path: `/api/v1/nodes/${name}`, fieldManager: MARKS_MANAGER, signal };
    const setCordon = async (): Promise<void> => {
      await applyObject(this.#api, object, options);
    };
    while (!signal.aborted) {
      try {
        await setCordon();
        await Promise.all([drain.run(), this.#keepCordon(setCordon, signal)]);
        return;
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof KubeosError)) throw error;
        log(error.message);
        const blockedBy = shorten(`it may not be cordoned: ${error.message}`, MAX_MESSAGE);
        this.#say({ drained: false, blockedBy }, signal);
        await backoff.wait(signal);
      }
    }
  }

  /** Somebody may lift it meanwhile: what was moved would come back. */
  async #keepCordon(setCordon: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (await pause(CORDON_EVERY_MS, signal)) {
      await setCordon().catch((error: unknown) => {
        if (!signal.aborted && !(error instanceof KubeosError)) throw error;
        if (error instanceof KubeosError) this.#parts.log(`cordon: ${error.message}`);
      });
    }
  }

  #say(report: ReportedDrain, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#report = report;
    this.#parts.onChange();
  }
}

interface Cordon {
  readonly uid: string;
  readonly cordonedBy: string;
}

function reportOf({ left, daemonSets }: SeenDrain): ReportedDrain {
  const blockedBy = firstOf(left);
  return {
    drained: left.length === 0,
    ...(blockedBy !== null && { blockedBy: shorten(blockedBy, MAX_MESSAGE) }),
    ...(daemonSets.length > 0 && { daemonSets: daemonSets.slice(0, MAX_DAEMON_SETS) }),
  };
}
