import { randomUUID } from 'node:crypto';
import { applyObject } from '../../src/kube/apply-object.ts';
import type { KubeApi } from '../../src/kube/kube-api.ts';
import { assertDone } from '../../src/kube/status-error.ts';
import { watchResource } from '../../src/kube/watch-resource.ts';
import { osInstanceSchema, type OsInstance } from '../../src/rollout/api/os-instance.ts';
import { controllerOf, podSchema, type Pod } from '../../src/rollout/drain/pod.ts';

export interface Played {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Of what runs at first. */
  readonly digest: string;
  readonly fault?: Fault;
}

/** What goes wrong with a release on a node. */
export type Fault = 'none' | 'falls-back' | 'dies' | 'refuses-settings';

const API_VERSION = 'upgrade.openeuler.org/v1alpha1';
const HEARTBEAT_MS = 10_000;
const REFUSED = {
  ...{ type: 'Configured', status: 'False', reason: 'REFUSED', message: 'by its policy' },
};

/** kubelet, proxy and agent of one machine, as far as the API server sees them. */
export class PlayedNode implements AsyncDisposable {
  readonly #api: KubeApi;
  readonly #played: Played;
  readonly #controller = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();
  #turn: Promise<void> = Promise.resolve();
  #booted: { slot: 'A' | 'B'; digest: string; bootId: string };
  #isReady = true;
  #isMended = false;
  #pods: ReadonlyMap<string, Pod> = new Map();
  fault: Fault;
  /** Its pods of DaemonSets are not Ready after a restart, until they are mended. */
  arePodsDown = false;
  /** As kubelet tells them; those that were mounted when the node began. */
  volumes: readonly string[] = [];

  constructor(api: KubeApi, played: Played) {
    this.fault = played.fault ?? 'none';
    this.#api = api;
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
    const instance = watchResource<OsInstance>(
      this.#api,
      {
        path: `/apis/${API_VERSION}/namespaces/default/osinstances`,
        query: { fieldSelector: `metadata.name=${name}` },
        ...{ schema: osInstanceSchema, keyOf: ({ metadata }) => metadata.name },
      },
      {
        onChange: () => this.#then(async () => await this.#live(instance.objects)),
        onTrouble,
        signal,
      },
    );
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
    const beat = setInterval(() => this.#then(async () => await this.#tellReady()), HEARTBEAT_MS);
    this.#ended = Promise.all([instance.ended, pods.ended]).finally(() => clearInterval(beat));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#controller.abort();
    await this.#ended;
    await this.#turn;
  }

  /** One thing after another. What cannot be told, because the API server is away, is told at the next occasion. */
  #then(work: () => Promise<void>): void {
    this.#turn = this.#turn.then(work).catch(() => undefined);
  }

  async #live(instances: ReadonlyMap<string, OsInstance>): Promise<void> {
    const instance = instances.get(this.#played.name);
    if (instance === undefined) return;
    const { run } = instance.spec;
    if (run === null) return await this.#rest(instance);
    if (saidOf(instance) === null) {
      await this.#apply({ run: { id: run.id, phase: 'prepared' } });
    } else if (run.allowed === 'activate' && saidOf(instance) === 'prepared') {
      await this.#restart(run.target.digest);
      if (this.fault !== 'dies') await this.#apply({ run: { id: run.id, ...this.#end(run.kind) } });
    }
  }

  /** A node at rest takes its settings, where it is not one that refuses them. */
  async #rest({ spec, status }: OsInstance): Promise<void> {
    const isSame = hasSettings({ spec, status });
    const isTold = isSame || status.conditions.length > 0;
    if (status.booted?.bootId === this.#booted.bootId && isTold) return;
    const takes = isSame || this.fault !== 'refuses-settings';
    const { sysconfigs } = takes ? spec : status;
    await this.#apply({
      ...(sysconfigs !== undefined && { sysconfigs }),
      ...(!takes && { conditions: [{ ...REFUSED, lastTransitionTime: new Date().toISOString() }] }),
    });
  }

  #end(kind: 'upgrade' | 'rollback'): object {
    if (this.fault === 'none' || kind === 'rollback') return { phase: 'committed' };
    return { phase: 'fell-back', code: 'UNHEALTHY', message: 'kubelet.service failed' };
  }

  async #restart(digest: string): Promise<void> {
    this.#isReady = false;
    await this.#tellReady();
    if (this.fault === 'dies') return;
    const slot = this.#booted.slot === 'A' ? 'B' : 'A';
    const bootId = randomUUID();
    this.#booted = this.fault === 'none' ? { slot, digest, bootId } : { ...this.#booted, bootId };
    this.#isReady = true;
    if (this.arePodsDown) await this.#tellPods('False');
    await this.#tellReady();
  }

  async #apply(status: object): Promise<void> {
    const { name } = this.#played;
    await applyObject(
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
  }

  async #tellReady(): Promise<void> {
    const now = new Date().toISOString().replace(/\.\d+/, '');
    const status = this.#isReady ? 'True' : 'False';
    const request = {
      method: 'PATCH',
      path: `/api/v1/nodes/${this.#played.name}/status`,
      contentType: 'application/strategic-merge-patch+json',
      body: {
        status: {
          volumesInUse: [...this.volumes],
          capacity: { cpu: '8', memory: '16Gi', pods: '110' },
          conditions: [
            {
              ...{ type: 'Ready', status, reason: 'Played', message: '', lastHeartbeatTime: now },
              lastTransitionTime: this.#sinceOf(status, now),
            },
            ...(this.#isMended ? [{ type: 'PodsMended', status: 'True' }] : []),
          ],
        },
      },
    } as const;
    assertDone(request, await this.#api.ask(request));
  }

  #since = { status: '', at: '' };

  #sinceOf(status: string, now: string): string {
    if (this.#since.status !== status) this.#since = { status, at: now };
    return this.#since.at;
  }

  /** From now on they are Ready, and the node says so by a condition. */
  mend(): void {
    this.arePodsDown = false;
    this.#isMended = true;
    this.#then(async () => await this.#tellReady());
    this.#then(async () => await this.#tellPods('True'));
  }

  /** From now on these are mounted, and the node says so. */
  mount(...volumes: readonly string[]): void {
    this.volumes = volumes;
    this.#then(async () => await this.#tellReady());
  }

  async #tellPods(status: 'True' | 'False'): Promise<void> {
    for (const pod of this.#pods.values()) {
      if (controllerOf(pod)?.kind === 'DaemonSet') await this.#tellPod(pod, status);
    }
  }

  async #tellPod({ metadata: { namespace, name } }: Pod, status: 'True' | 'False'): Promise<void> {
    await this.#api.ask({
      ...{ method: 'PATCH', path: `/api/v1/namespaces/${namespace}/pods/${name}/status` },
      contentType: 'application/strategic-merge-patch+json',
      body: { status: { phase: 'Running', conditions: [{ type: 'Ready', status }] } },
    });
  }

  async #keepPods(pods: readonly Pod[]): Promise<void> {
    for (const pod of pods) {
      const { metadata, status } = pod;
      const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`;
      if (metadata.deletionTimestamp !== undefined) {
        const body = { gracePeriodSeconds: 0, preconditions: { uid: metadata.uid } };
        await this.#api.ask({ method: 'DELETE', path, body });
      } else if (status.phase === 'Pending') {
        await this.#tellPod(pod, 'True');
      }
    }
  }

  async #post(path: string, body: object): Promise<void> {
    const request = { method: 'POST', path, body } as const;
    assertDone(request, await this.#api.ask(request));
  }
}

/** What was said of the run that it is given, and not of one before. */
const saidOf = ({ spec, status }: OsInstance): string | null =>
  status.run !== null && status.run.id === spec.run?.id ? status.run.phase : null;

const hasSettings = ({ spec, status }: Pick<OsInstance, 'spec' | 'status'>): boolean =>
  spec.sysconfigs?.version === status.sysconfigs?.version;
