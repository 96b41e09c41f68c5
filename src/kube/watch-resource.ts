import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Backoff } from './backoff.ts';
import { retryAfterOf, type KubeApi } from './kube-api.ts';
import { listResource } from './list-resource.ts';
import { unreadable, type WatchedResource } from './resource.ts';
import { assertDone } from './status-error.ts';

export interface WatchListener {
  /** Something that is kept is not as it was: called once for what came together. */
  readonly onChange: () => void;
  /** What went wrong; it is tried again, and nobody has to do anything. */
  readonly onTrouble: (why: string) => void;
}

/** Objects as they were observed last. */
export interface Watched<T> {
  readonly objects: ReadonlyMap<string, T>;
  /** An answer to a write of our own is known at once, whenever the watch tells it. */
  readonly remember: (answer: unknown) => void;
  /** Resolves after the first list. */
  readonly listed: Promise<void>;
  /** Resolves when the signal is aborted. */
  readonly ended: Promise<void>;
}

/**
 * List and watch, as every controller does (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes):
 * asks for nothing while nothing happens, and goes on from a bookmark; after 410 it lists again. How long a watch lasts
 * is the server's choice, half an hour at least.
 */
export function watchResource<T>(
  api: KubeApi,
  resource: WatchedResource<T>,
  { onChange, onTrouble, signal }: WatchListener & { readonly signal: AbortSignal },
): Watched<T> {
  const cache = new ResourceCache(api, resource, { onChange, onTrouble });
  return {
    ...{ objects: cache.objects, listed: cache.listed, ended: cache.keep(signal) },
    remember: (answer) => cache.remember(answer),
  };
}

const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const versionSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
});
const errorSchema = z.object({ code: z.int().default(0), message: z.string().default('') });

interface Read<T> {
  readonly key: string;
  readonly data: T;
}

class ResourceCache<T> {
  readonly objects = new Map<string, T>();
  readonly #api: KubeApi;
  readonly #resource: WatchedResource<T>;
  readonly #listener: WatchListener;
  readonly #first = Promise.withResolvers<void>();
  /** Up to this version everything was told. */
  #seen = '';
  #isListed = false;
  /** Versions of objects that were remembered, and not told yet. */
  readonly #ahead = new Map<string, string>();

  constructor(api: KubeApi, resource: WatchedResource<T>, listener: WatchListener) {
    this.#api = api;
    this.#resource = resource;
    this.#listener = listener;
  }

  get listed(): Promise<void> {
    return this.#first.promise;
  }

  async keep(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        if (!this.#isListed) await this.#list(signal);
        this.#first.resolve();
        await this.#watch(signal, () => backoff.reset());
      } catch (error) {
        if (signal.aborted) return;
        this.#listener.onTrouble(error instanceof Error ? error.message : String(error));
        await backoff.wait(signal, error instanceof Later ? error.afterMs : 0);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { keyOf } = this.#resource;
    const { items, version } = await listResource(this.#api, this.#resource, {
      signal,
      onTrouble: this.#listener.onTrouble,
    });
    const there = new Map(items.map((item) => [keyOf(item), item]));
    // All of its pages are of one version; what was answered to us since then is newer.
    for (const [key, ahead] of this.#ahead) {
      const own = this.objects.get(key);
      if (own !== undefined && isOlder(version, ahead)) there.set(key, own);
      else this.#ahead.delete(key);
    }
    for (const key of this.objects.keys()) if (!there.has(key)) this.objects.delete(key);
    for (const [key, item] of there) this.objects.set(key, item);
    this.#seen = version;
    this.#isListed = true;
    this.#listener.onChange();
  }

  /** Until the server ends it, which is no trouble. */
  async #watch(signal: AbortSignal, onLife: () => void): Promise<void> {
    const { path, query = {} } = this.#resource;
    const started = { watch: true, allowWatchBookmarks: true, resourceVersion: this.#seen };
    const asked = { method: 'GET', path, query: { ...query, ...started }, signal } as const;
    const { status, stream } = await this.#api.open(asked);
    if (status !== 200) {
      stream.destroy();
      if (status === 410) return this.#forget();
      const retryAfter = retryAfterOf(stream);
      if (retryAfter !== null) throw new Later(status, retryAfter * 1000);
      assertDone(asked, { status, body: null, retryAfter });
    }
    for await (const line of createInterface(stream)) {
      onLife();
      this.#take(eventSchema.parse(JSON.parse(line)));
      if (!this.#isListed) break;
    }
    stream.destroy();
    // One that ends at once, again and again, is not asked in a loop.
    await sleep(200, undefined, { signal }).catch(() => undefined);
  }

  #take({ type, object }: z.infer<typeof eventSchema>): void {
    if (type === 'ERROR') return this.#takeError(object);
    this.#seen = versionSchema.parse(object).metadata.resourceVersion;
    const read = type === 'BOOKMARK' ? null : this.#read(object);
    if (read === null) return;
    const ahead = this.#ahead.get(read.key);
    if (ahead !== undefined && isOlder(this.#seen, ahead)) return;
    this.#ahead.delete(read.key);
    if (type === 'DELETED') this.#drop(read.key);
    else this.#set(read);
  }

  remember(answer: unknown): void {
    const read = this.#read(answer);
    if (read === null) return;
    const { resourceVersion } = versionSchema.parse(answer).metadata;
    // The watch knows better by now: it may be gone again.
    if (resourceVersion === this.#seen || isOlder(resourceVersion, this.#seen)) return;
    const ahead = this.#ahead.get(read.key);
    if (ahead !== undefined && isOlder(resourceVersion, ahead)) return;
    this.#ahead.set(read.key, resourceVersion);
    this.#set(read);
  }

  /** Most of what changes of a Node is kept by nobody. */
  #set({ key, data }: Read<T>): void {
    const before = this.objects.get(key);
    this.objects.set(key, data);
    const { isSame = isDeepStrictEqual } = this.#resource;
    if (before === undefined || !isSame(before, data)) this.#listener.onChange();
  }

  #drop(key: string): void {
    if (this.objects.delete(key)) this.#listener.onChange();
  }

  #read(object: unknown): Read<T> | null {
    const { path, schema, keyOf } = this.#resource;
    const read = schema.safeParse(object);
    if (read.success) return { key: keyOf(read.data), data: read.data };
    this.#listener.onTrouble(unreadable(path, read.error));
    return null;
  }

  #takeError(object: unknown): void {
    const { code, message } = errorSchema.parse(object);
    if (code === 410) return this.#forget();
    throw new Error(`the watch of ${this.#resource.path} ended: ${message} (${code})`);
  }

  #forget(): void {
    this.#isListed = false;
  }
}

/** Versions of one kind are numbers that grow (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). */
const isOlder = (one: string, other: string): boolean =>
  /^\d+$/.test(one) && /^\d+$/.test(other) && BigInt(one) < BigInt(other);

/** The server names a time. */
class Later extends Error {
  readonly afterMs: number;

  constructor(status: number, afterMs: number) {
    super(`status ${status}: asked to come back in ${afterMs / 1000} s`);
    this.name = 'Later';
    this.afterMs = afterMs;
  }
}
