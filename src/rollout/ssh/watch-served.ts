import { z } from 'zod';
import type { KubeApi } from '../../kube/kube-api.ts';
import { watchResource, type Watched, type WatchListener } from '../../kube/watch-resource.ts';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';
import { osName, osObjectSchema, type OsObject } from '../api/os-object.ts';
import type { OsPlace } from '../client/os-objects.ts';
import { labelsOf, PROXY, PROXY_NAMESPACE } from '../install/manifest.ts';
import { GROUP_PATH, INSTANCES_PATH } from '../api/resource-paths.ts';
import { sshNodeSchema, type SshNode } from './ssh-node.ts';

const proxyPodSchema = z.object({
  metadata: z.object({ uid: z.string() }),
  spec: z.object({ nodeName: z.string().default('') }),
  status: z.object({ phase: z.string().default('') }).prefault({}),
});

/** What is looked at to know who is to be served. */
export interface ServedWatch {
  readonly osObjects: Watched<OsObject>;
  readonly nodes: Watched<SshNode>;
  readonly instances: Watched<OsInstance>;
  readonly proxyPods: Watched<z.infer<typeof proxyPodSchema>>;
  readonly ended: Promise<unknown>;
}

/** Resolves when all were listed. */
export async function watchServed(
  api: KubeApi,
  { namespace, name }: OsPlace,
  listener: WatchListener & { readonly signal: AbortSignal },
): Promise<ServedWatch> {
  const named = ({ metadata }: { readonly metadata: { readonly name: string } }): string =>
    metadata.name;
  const watch = <T>(path: string, query: Record<string, string>, kind: Kind<T>): Watched<T> =>
    watchResource(api, { path, query, ...kind }, listener);
  const labelSelector = Object.entries(labelsOf(PROXY))
    .map(([label, value]) => `${label}=${value}`)
    .join(',');
  const watched = {
    osObjects: watch(
      `${GROUP_PATH}/namespaces/${namespace}/os`,
      { fieldSelector: `metadata.name=${name}` },
      { schema: osObjectSchema, keyOf: osName },
    ),
    nodes: watch('/api/v1/nodes', {}, { schema: sshNodeSchema, keyOf: named }),
    instances: watch(INSTANCES_PATH, {}, { schema: osInstanceSchema, keyOf: named }),
    proxyPods: watch(
      `/api/v1/namespaces/${PROXY_NAMESPACE}/pods`,
      { labelSelector },
      { schema: proxyPodSchema, keyOf: ({ metadata }) => metadata.uid },
    ),
  };
  const all = Object.values(watched);
  const ended = Promise.all(all.map((one) => one.ended));
  await Promise.race([ended, Promise.all(all.map(({ listed }) => listed))]);
  return { ...watched, ended };
}

interface Kind<T> {
  readonly schema: z.ZodType<T>;
  readonly keyOf: (object: T) => string;
}

/** A pod that waits for the agent's folder is no proxy: it stays so on a node whose agent is another one's. */
export const proxiedNodes = ({ proxyPods }: Pick<ServedWatch, 'proxyPods'>): ReadonlySet<string> =>
  new Set(
    [...proxyPods.objects.values()]
      .filter(({ status }) => status.phase === 'Running')
      .map(({ spec }) => spec.nodeName),
  );
