import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { applyObject } from '../../src/kube/apply-object.ts';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import { assertDone } from '../../src/kube/status-error.ts';
import { watchResource, type Watched } from '../../src/kube/watch-resource.ts';
import { osInstanceSchema, type OsInstance } from '../../src/rollout/api/os-instance.ts';
import { controllerOf, podSchema, type Pod } from '../../src/rollout/drain/pod.ts';
import { PlayedKubelet } from './played-kubelet.ts';
import type { Fault, Played } from './played.ts';

const API_VERSION = 'upgrade.openeuler.org/v1alpha1';
const HEARTBEAT_MS = 10_000;
const REFUSED = {
  ...{ type: 'Configured', status: 'False', reason: 'REFUSED', message: 'by its policy' },
};

const FELL_BACK = { phase: 'fell-back', code: 'UNHEALTHY', message: 'kubelet.service failed' };
type Run = NonNullable<OsInstance['spec']['run']>;
type Phase = NonNullable<OsInstance['status']['run']>['phase'];
const BY_ITSELF: Partial<Record<Phase, Phase>> = { preparing: 'prepared', activating: 'rebooting' };

/** kubelet, proxy and agent of one machine, as far as the API server sees them. */
export class PlayedNode implements AsyncDisposable {
  readonly #api: KubeApi;
  readonly #played: Played;
  readonly #kubelet: PlayedKubelet;
  readonly #controller = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();
  #instances: Watched<OsInstance> | null = null;
  #turn: Promise<void> = Promise.resolve();
  #booted: { slot: 'A' | 'B'; digest: string; bootId: string };
  #isReady = true;
  #hasPower = true;
  #pods: ReadonlyMap<string, Pod> = new Map();
  #fault: Fault;
  /** Its pods of DaemonSets are not Ready after a restart, until they are mended. */
  arePodsDown = false;

  constructor(api: KubeApi, played: Played) {
    this.#fault = played.fault ?? 'none';
    this.#api = api;
    this.#kubelet = new PlayedKubelet(api, played.name);
    this.#played = played;
    this.#booted = { slot: 'A', digest: played.digest, bootId: randomUUID() };
  }

  async start(): Promise<void> {
    const { name, labels = {} } = this.#played;
    await this.#post('/api/v1/nodes', {
      ...{ apiVersion: 'v1', kind: 'Node', metadata: { name, labels } },
    });
    await this.#tellReady();
    const { signal } = this.#controller;
    const onTrouble = (): void => undefined;
    const instances = watchResource<OsInstance>(
      this.#api,
      {
        path: `/apis/${API_VERSION}/namespaces/default/osinstances`,
        query: { fieldSelector: `metadata.name=${name}` },
        ...{ schema: osInstanceSchema, keyOf: ({ metadata }) => metadata.name },
      },
      { onChange: () => this.#then(async () => await this.#live()), onTrouble, signal },
    );
    this.#instances = instances;
    const pods = watchResource<Pod>(
      this.#api,
      {
        ...{ path: '/api/v1/pods', query: { fieldSelector: `spec.nodeName=${name}` } },
        ...{ schema: podSchema, keyOf: ({ metadata }) => metadata.uid },
      },
      {
        onChange: () => this.#then(async () => await this.#keepPods([...pods.objects.values()])),
        onTrouble,
        signal,
      },
    );
    this.#pods = pods.objects;
    const beat = setInterval(() => {
      this.#then(async () => await this.#tellReady());
      this.#then(async () => await this.#live());
    }, HEARTBEAT_MS);
    this.#ended = Promise.all([instances.ended, pods.ended]).finally(() => clearInterval(beat));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.#ended;
    await this.#turn;
  }

  set fault(fault: Fault) {
    this.#fault = fault;
    this.#then(async () => await this.#live());
  }

  /** A machine that has died is switched on, and well: what it had on trial it has left. */
  switchOn(): void {
    this.#hasPower = true;
    this.#then(async () => await this.#boot(this.#played.digest));
    this.fault = 'none';
  }

  /** One thing after another. What cannot be told, because the API server is away, is told at the next occasion. */
  #then(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch(() => undefined);
  }

  /** One step, from what is written: it goes on after whatever was lost. */
  async #live(): Promise<void> {
    const instance = this.#instances?.objects.get(this.#played.name);
    if (instance === undefined || !this.#hasPower) return;
    const { run } = instance.spec;
    if (run === null) return await this.#rest(instance);
    const said = saidOf(instance);
    if (said === 'rebooting') await this.#restart(run);
    const phase = this.#phaseAfter(said, run);
    if (phase === null) return;
    await this.#apply({ run: { id: run.id, ...(phase === 'fell-back' ? FELL_BACK : { phase }) } });
    // What a machine that dies in a phase would come to after it, it does not say.
    if (this.#fault === `dies-${phase}`) await this.#die();
  }

  #phaseAfter(said: Phase | null, { kind, allowed, commitIn }: Run): Phase | null {
    if (said === 'prepared') return allowed === 'activate' ? 'activating' : null;
    if (said === 'verifying') return this.#isLetCommit(commitIn) ? 'committed' : null;
    if (said !== 'rebooting') return said === null ? 'preparing' : (BY_ITSELF[said] ?? null);
    if (kind === 'rollback') return 'committed';
    return this.#fault === 'falls-back' ? 'fell-back' : 'verifying';
  }

  #isLetCommit(commitIn: string | undefined): boolean {
    return commitIn === this.#booted.bootId && this.#fault !== 'hangs';
  }

  /** Once in a run. */
  async #restart({ bootId, kind, target }: Run): Promise<void> {
    if (this.#booted.bootId !== bootId) return;
    this.#isReady = false;
    await this.#tellReady();
    await sleep(this.#played.restartMs ?? 0);
    const fallsBack = this.#fault === 'falls-back' && kind === 'upgrade';
    await this.#boot(fallsBack ? this.#booted.digest : target.digest);
  }

  /** A node at rest takes its settings, where it is not one that refuses them. */
  async #rest({ metadata: { generation }, spec, status }: OsInstance): Promise<void> {
    const isSame = hasSettings({ spec, status });
    const isTold = isSame || status.observedGeneration === generation;
    if (status.booted?.bootId === this.#booted.bootId && isTold) return;
    const takes = isSame || this.#fault !== 'refuses-settings';
    const { sysconfigs } = takes ? spec : status;
    await this.#apply({
      observedGeneration: generation,
      ...(sysconfigs !== undefined && { sysconfigs }),
      ...(!takes && { conditions: [{ ...REFUSED, lastTransitionTime: new Date().toISOString() }] }),
    });
  }

  /** Its proxy says nothing any more; that kubelet does not either is what the node controller says. */
  async #die(): Promise<void> {
    this.#hasPower = false;
    this.#isReady = false;
    await this.#tellReady();
  }

  async #boot(digest: string): Promise<void> {
    const isSame = digest === this.#booted.digest;
    const slot = (this.#booted.slot === 'A') === isSame ? 'A' : 'B';
    this.#booted = { slot, digest, bootId: randomUUID() };
    this.#isReady = true;
    if (this.arePodsDown) await this.#tellPods('False');
    await this.#tellReady();
  }

  async #apply(status: object): Promise<void> {
    const { name } = this.#played;
    const answer = await applyObject(
      this.#api,
      {
        ...{ apiVersion: API_VERSION, kind: 'OSInstance' },
        metadata: { name, namespace: 'default' },
        status: { booted: this.#booted, ...status },
      },
      {
        path: `/apis/${API_VERSION}/namespaces/default/osinstances/${name}/status`,
        fieldManager: 'kubeos-proxy',
      },
    );
    this.#instances?.remember(answer);
  }

  async #tellReady(): Promise<void> {
    await this.#kubelet.tellReady(this.#isReady, this.#booted.bootId);
  }

  /** From now on they are Ready, and the node says so by a condition. */
  mend(): void {
    this.arePodsDown = false;
    this.#kubelet.isMended = true;
    this.#then(async () => await this.#tellReady());
    this.#then(async () => await this.#tellPods('True'));
  }

  /** From now on these are mounted, and the node says so. */
  mount(...volumes: readonly string[]): void {
    this.#kubelet.volumes = volumes;
    this.#then(async () => await this.#tellReady());
  }

  async #tellPods(status: 'True' | 'False'): Promise<void> {
    for (const pod of this.#pods.values()) {
      if (controllerOf(pod)?.kind === 'DaemonSet') await this.#kubelet.tellPod(pod, status);
    }
  }

  async #keepPods(pods: readonly Pod[]): Promise<void> {
    for (const pod of pods) {
      const isEnding = pod.metadata.deletionTimestamp !== undefined;
      if (isEnding && this.#fault === 'dies-draining') await this.#die();
      if (!this.#hasPower) return;
      await this.#kubelet.keep(pod);
    }
  }

  async #post(path: string, body: object): Promise<void> {
    const request = { method: 'POST', path, body } as const;
    assertDone(request, await this.#api.ask(request));
  }
}

/** What was said of the run that it is given, and not of one before. */
const saidOf = ({ spec, status }: OsInstance): Phase | null =>
  status.run !== null && status.run.id === spec.run?.id ? status.run.phase : null;

const hasSettings = ({ spec, status }: Pick<OsInstance, 'spec' | 'status'>): boolean =>
  spec.sysconfigs?.version === status.sysconfigs?.version;
