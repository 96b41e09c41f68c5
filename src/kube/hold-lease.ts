import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { KubeosError } from '../errors.ts';
import type { KubeApi, KubeRequest } from './kube-api.ts';
import { assertDone, KubeStatusError } from './status-error.ts';

export interface LeaseOptions {
  readonly namespace: string;
  readonly name: string;
  /** Of this process, unlike that of any other. */
  readonly holder: string;
  readonly signal: AbortSignal;
  readonly onTrouble: (why: string) => void;
}

/** As client-go's: who does not renew for so long has lost it, and has stopped before. */
const LEASE_SECONDS = 15;
const RENEW_MS = 2000;
const GIVE_UP_MS = 10_000;

const leaseSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
  spec: z
    .object({
      holderIdentity: z.string().nullish(),
      renewTime: z.string().nullish(),
      leaseTransitions: z.int().nullish(),
      acquireTime: z.string().nullish(),
    })
    .prefault({}),
});
type Lease = z.infer<typeof leaseSchema>;

/**
 * Does the work while this process, and no other, has the lease (coordination.k8s.io/v1). The work's signal is aborted
 * before somebody else may take it. Given back at the end, so that the next one need not wait.
 */
export async function holdLease<T>(
  api: KubeApi,
  options: LeaseOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const held = await new LeaseHolder(api, options).acquire();
  const lost = new AbortController();
  const working = work(AbortSignal.any([lost.signal, options.signal]));
  const ended = new AbortController();
  const renewing = held.renew(ended.signal, (why) => lost.abort(new KubeosError('CLUSTER', why)));
  try {
    const value = await working;
    lost.signal.throwIfAborted();
    return value;
  } finally {
    ended.abort();
    await renewing;
    if (!lost.signal.aborted) await held.release();
  }
}

class LeaseHolder {
  readonly #api: KubeApi;
  readonly #options: LeaseOptions;
  readonly #path: string;
  /** What another holder said last, and when that was seen: clocks of two machines are not compared. */
  #seen = { renewTime: '', atMs: 0 };
  #version = '';
  #transitions = 0;
  #acquired = '';
  /** When that was asked for: others count from when they see it, which may be long before the answer comes. */
  #renewedMs = Number.POSITIVE_INFINITY;

  constructor(api: KubeApi, options: LeaseOptions) {
    this.#api = api;
    this.#options = options;
    this.#path = `/apis/coordination.k8s.io/v1/namespaces/${options.namespace}/leases`;
  }

  async acquire(): Promise<this> {
    const { signal, onTrouble } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      try {
        if (await this.#take()) return this;
      } catch (error) {
        signal.throwIfAborted();
        onTrouble(error instanceof Error ? error.message : String(error));
      }
      await sleep(RENEW_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async renew(signal: AbortSignal, onLost: (why: string) => void): Promise<void> {
    for (;;) {
      const waitMs = Math.min(RENEW_MS, this.#leftMs());
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.#write(this.#options.holder);
      } catch (error) {
        this.#options.onTrouble(error instanceof Error ? error.message : String(error));
        const why = await this.#lostBy(error);
        if (why !== null) return onLost(why);
      }
    }
  }

  /** Who has taken it, where somebody has; or that nobody knows for too long. */
  async #lostBy(cause: unknown): Promise<string | null> {
    const { name, holder } = this.#options;
    if (cause instanceof KubeStatusError && cause.status === 409) {
      const lease = await this.#read().catch(() => null);
      const other = lease?.spec.holderIdentity ?? holder;
      if (other !== holder) return `${other} has the lease ${name} now`;
      // Somebody only annotated it.
      this.#version = lease?.metadata.resourceVersion ?? this.#version;
    }
    return this.#leftMs() > 0 ? null : `the lease ${name} could not be renewed`;
  }

  /** Until it is given up, whatever is being asked then. */
  #leftMs(): number {
    return Math.max(0, this.#renewedMs + GIVE_UP_MS - performance.now());
  }

  async release(): Promise<void> {
    await this.#write('').catch(() => undefined);
  }

  async #take(): Promise<boolean> {
    const lease = await this.#read();
    if (lease === null) {
      await this.#create();
      return true;
    }
    const { holderIdentity: holder, renewTime } = lease.spec;
    if (holder != null && holder !== '' && holder !== this.#options.holder) {
      if (this.#seen.renewTime !== (renewTime ?? '')) {
        this.#seen = { renewTime: renewTime ?? '', atMs: performance.now() };
      }
      if (performance.now() - this.#seen.atMs < LEASE_SECONDS * 1000) return false;
    }
    this.#version = lease.metadata.resourceVersion;
    this.#transitions = (lease.spec.leaseTransitions ?? 0) + 1;
    this.#acquired = microTime();
    await this.#write(this.#options.holder);
    return true;
  }

  async #read(): Promise<Lease | null> {
    const request = this.#request('GET', `/${this.#options.name}`);
    const answer = await this.#api.ask(request);
    return answer.status === 404 ? null : leaseSchema.parse(assertDone(request, answer));
  }

  async #create(): Promise<void> {
    this.#acquired = microTime();
    await this.#send('POST', '', this.#options.holder);
  }

  /** Whoever wrote in between has it: the version does not fit any more. */
  async #write(holder: string): Promise<void> {
    await this.#send('PUT', `/${this.#options.name}`, holder);
  }

  async #send(method: 'POST' | 'PUT', place: string, holderIdentity: string): Promise<void> {
    const { name, namespace } = this.#options;
    const request: KubeRequest = {
      ...this.#request(method, place),
      body: {
        ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
        metadata: { name, namespace, ...(method === 'PUT' && { resourceVersion: this.#version }) },
        spec: {
          ...{ holderIdentity, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime() },
          ...{ acquireTime: this.#acquired, leaseTransitions: this.#transitions },
        },
      },
    };
    const askedMs = performance.now();
    const written = leaseSchema.parse(assertDone(request, await this.#api.ask(request)));
    this.#version = written.metadata.resourceVersion;
    this.#renewedMs = askedMs;
  }

  #request(method: KubeRequest['method'], place: string): KubeRequest {
    const signal = AbortSignal.timeout(Math.ceil(Math.min(GIVE_UP_MS / 2, this.#leftMs())));
    return { method, path: `${this.#path}${place}`, signal };
  }
}

/** meta/v1 MicroTime. */
const microTime = (): string => new Date().toISOString().replace('Z', '000Z');
