import { z } from 'zod';
import type { KubeApi } from './kube-api.ts';
import { unreadable, type WatchedResource } from './resource.ts';
import { assertDone } from './status-error.ts';

const pageSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), continue: z.string().default('') }),
  items: z.array(z.unknown()).nullable(),
});

export interface ListOptions {
  readonly signal: AbortSignal;
  readonly onTrouble: (why: string) => void;
}

/** Objects at a time, so that no answer of a large cluster is held whole. */
const PAGE = 100;

/** All objects, and the version of the list, from which a watch goes on. What cannot be read is left out and told. */
export async function listResource<T>(
  api: KubeApi,
  { path, query = {}, schema }: Pick<WatchedResource<T>, 'path' | 'query' | 'schema'>,
  { signal, onTrouble }: ListOptions,
): Promise<{ readonly items: readonly T[]; readonly version: string }> {
  const items: T[] = [];
  let token = '';
  for (;;) {
    const page = { limit: PAGE, ...(token !== '' && { continue: token }) };
    const asked = { method: 'GET', path, query: { ...query, ...page }, signal } as const;
    const { metadata, items: found } = pageSchema.parse(assertDone(asked, await api.ask(asked)));
    for (const object of found ?? []) {
      const read = schema.safeParse(object);
      if (read.success) items.push(read.data);
      else onTrouble(unreadable(path, read.error));
    }
    token = metadata.continue;
    if (token === '') return { items, version: metadata.resourceVersion };
  }
}
