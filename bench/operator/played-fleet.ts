import { setTimeout as pause } from 'node:timers/promises';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import { watchResource, type Watched } from '../../src/kube/watch-resource.ts';
import { osInstanceSchema, type OsInstance } from '../../src/rollout/api/os-instance.ts';
import { INSTANCES_PATH } from '../../src/rollout/api/resource-paths.ts';
import { tellNode, tellStatus } from './fleet-objects.ts';

/** How long a played machine takes for each part, in milliseconds, and what goes wrong with it. */
export interface Play {
  readonly prepareMs: number;
  readonly rebootMs: number;
  readonly verifyMs: number;
  readonly faultOf: (name: string) => PlayedFault;
}

export type PlayedFault = 'none' | 'falls-back' | 'cannot-prepare';

/** What was seen of a node's run, from the outside; in milliseconds since 1970. */
export interface PlayedRun {
  readonly name: string;
  readonly fault: PlayedFault;
  readonly begunMs: number;
  /** When it was let drain: it has a place from now on. */
  drainMs: number | null;
  /** When its proxy had told the end of it: its place is free from now on. */
  endedMs: number | null;
}

/** Proxies, agents and kubelets of all nodes, as far as the API server sees them; by one watch, and not one for each. */
export class PlayedFleet implements AsyncDisposable {
  readonly #api: KubeApi;
  readonly #play: Play;
  readonly #controller = new AbortController();
  readonly #instances: Watched<OsInstance>;
  readonly #runs = new Map<string, PlayedRun>();
  readonly #lives = new Set<Promise<void>>();
  readonly troubles: string[] = [];

  constructor(api: KubeApi, play: Play) {
    this.#api = api;
    this.#play = play;
    const { signal } = this.#controller;
    this.#instances = watchResource(
      api,
      {
        ...{ path: INSTANCES_PATH, schema: osInstanceSchema },
        keyOf: ({ metadata }) => metadata.name,
      },
      {
        ...{ onChange: () => this.#look(), signal },
        onTrouble: (why) => this.troubles.push(why),
      },
    );
  }

  /** In the order in which they were begun. */
  get runs(): readonly PlayedRun[] {
    return [...this.#runs.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.#instances.ended;
    await Promise.all(this.#lives);
  }

  #look(): void {
    for (const { metadata, spec } of this.#instances.objects.values()) {
      if (spec.run === null) continue;
      const run = this.#runs.get(spec.run.id);
      if (run === undefined) this.#begin(metadata.name, spec.run);
      else if (spec.run.allowed !== 'prepare') run.drainMs ??= Date.now();
    }
  }

  #begin(name: string, run: NonNullable<OsInstance['spec']['run']>): void {
    const fault = this.#play.faultOf(name);
    const played = { name, fault, begunMs: Date.now(), drainMs: null, endedMs: null };
    this.#runs.set(run.id, played);
    const life = this.#live(played, run)
      .catch((error: unknown) => {
        if (!this.#controller.signal.aborted) this.troubles.push(`${name}: ${String(error)}`);
      })
      .finally(() => this.#lives.delete(life));
    this.#lives.add(life);
  }

  async #live(played: PlayedRun, run: NonNullable<OsInstance['spec']['run']>): Promise<void> {
    const { name, fault } = played;
    const { prepareMs, rebootMs, verifyMs } = this.#play;
    const { digest, version } = run.target;
    const say = async (phase: string, more: object = {}): Promise<void> =>
      await tellStatus(this.#api, name, { ...more, run: { id: run.id, phase } });
    await say('preparing');
    await pause(prepareMs);
    if (fault === 'cannot-prepare') return await this.#fail(played, run.id, 'failed');
    await say('prepared');
    await this.#until(name, ({ spec }) => spec.run?.allowed === 'activate');
    await say('rebooting');
    await this.#tellReady(name, 'False', run.bootId);
    await pause(rebootMs);
    const bootId = `${run.bootId}+`;
    await this.#tellReady(name, 'True', bootId);
    if (fault === 'falls-back') return await this.#fail(played, run.id, 'fell-back');
    await say('verifying', { booted: { slot: 'B', digest, bootId, version } });
    await pause(verifyMs);
    await this.#until(name, ({ spec }) => spec.run?.commitIn === bootId);
    await say('committed');
    played.endedMs = Date.now();
  }

  async #fail(played: PlayedRun, id: string, phase: string): Promise<void> {
    const why = { code: 'UNHEALTHY', message: 'kubelet.service failed' };
    await tellStatus(this.#api, played.name, { run: { id, phase, ...why } });
    played.endedMs = Date.now();
  }

  async #until(name: string, isSo: (instance: OsInstance) => boolean): Promise<void> {
    const { signal } = this.#controller;
    for (;;) {
      const instance = this.#instances.objects.get(name);
      if (instance !== undefined && isSo(instance)) return;
      // Of its own watch, in this process: that costs the API server nothing.
      await pause(5, undefined, { signal });
    }
  }

  async #tellReady(name: string, status: 'True' | 'False', bootID: string): Promise<void> {
    const at = new Date().toISOString().replace(/\.\d+/, '');
    const times = { lastHeartbeatTime: at, lastTransitionTime: at };
    const ready = { type: 'Ready', status, reason: 'Played', message: '', ...times };
    await tellNode(this.#api, name, { conditions: [ready], nodeInfo: { bootID } });
  }
}
