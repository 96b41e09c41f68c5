import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Backoff } from './backoff.ts';
import { retryAfterOf, type KubeApi } from './kube-api.ts';
import { listResource } from './list-resource.ts';
import { unreadable, type WatchedResource } from './resource.ts';
import { assertDone } from './status-error.ts';

export interface WatchListener {
  /** Something is not as it was: called once for what came together. */
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
    remember: (answer) => cache.take(answer),
  };
}

const eventSchema = z.object({ type: z.string(), object: z.unknown() });
const versionSchema = z.object({
  metadata: z.object({ resourceVersion: z.string() }),
});
const errorSchema = z.object({ code: z.int().default(0), message: z.string().default('') });

class ResourceCache<T> {
  readonly objects = new Map<string, T>();
  readonly #api: KubeApi;
  readonly #resource: WatchedResource<T>;
  readonly #listener: WatchListener;
  readonly #first = Promise.withResolvers<void>();
  readonly #versions = new Map<string, string>();
  /** Null: it has to be listed. */
  #version: string | null = null;

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
        this.#version ??= await this.#list(signal);
        this.#first.resolve();
        await this.#watch(this.#version, signal, () => backoff.reset());
      } catch (error) {
        if (signal.aborted) return;
        this.#listener.onTrouble(error instanceof Error ? error.message : String(error));
        await backoff.wait(signal, error instanceof Later ? error.afterMs : 0);
      }
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const { keyOf } = this.#resource;
    const { items, version } = await listResource(this.#api, this.#resource, {
      signal,
      onTrouble: this.#listener.onTrouble,
    });
    const there = new Map(items.map((item) => [keyOf(item), item]));
    for (const key of this.objects.keys()) if (!there.has(key)) this.objects.delete(key);
    for (const [key, item] of there) this.objects.set(key, item);
    this.#versions.clear();
    this.#listener.onChange();
    return version;
  }

  /** Until the server ends it, which is no trouble. */
  async #watch(from: string, signal: AbortSignal, onLife: () => void): Promise<void> {
    const { path, query = {} } = this.#resource;
    const started = { watch: true, allowWatchBookmarks: true, resourceVersion: from };
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
      if (this.#version === null) break;
    }
    stream.destroy();
    // One that ends at once, again and again, is not asked in a loop.
    await sleep(200, undefined, { signal }).catch(() => undefined);
  }

  #take({ type, object }: z.infer<typeof eventSchema>): void {
    if (type === 'ERROR') return this.#takeError(object);
    this.#version = versionSchema.parse(object).metadata.resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.#drop(object);
    else this.take(object);
    this.#listener.onChange();
  }

  take(object: unknown): void {
    const read = this.#read(object);
    if (read === null) return;
    const { resourceVersion } = versionSchema.parse(object).metadata;
    const known = this.#versions.get(read.key);
    if (known !== undefined && isOlder(resourceVersion, known)) return;
    this.#versions.set(read.key, resourceVersion);
    this.objects.set(read.key, read.data);
  }

  #drop(object: unknown): void {
    const read = this.#read(object);
    if (read === null) return;
    this.objects.delete(read.key);
    this.#versions.delete(read.key);
  }

  #read(object: unknown): { readonly key: string; readonly data: T } | null {
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
    this.#version = null;
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
