import type { KubeApi } from '../../kube/kube-api.ts';
import { listResource } from '../../kube/list-resource.ts';
import { mayList } from '../../kube/may-list.ts';
import type { WatchedResource } from '../../kube/resource.ts';
import { watchResource, type WatchListener } from '../../kube/watch-resource.ts';
import { nodeSchema, type NodeObject } from '../api/node-object.ts';
import { osInstanceSchema, type OsInstance } from '../api/os-instance.ts';
import { WITHOUT_OPERATOR, type ClusterView } from '../operator/cluster-view.ts';
import { versionOf } from '../operator/cluster-watch.ts';
import { INSTANCES_PATH } from '../api/resource-paths.ts';

/** Nodes and what they go through, kept up to date by two watches; without a request while nothing changes. */
export interface NodeWatch {
  readonly view: () => Omit<ClusterView, 'osObjects'>;
  readonly instances: () => ReadonlyMap<string, OsInstance>;
  /** Asks once for all of it: two watches may tell two moments. */
  readonly refresh: (signal: AbortSignal) => Promise<void>;
  readonly ended: Promise<unknown>;
}

const named = ({ metadata }: { readonly metadata: { readonly name: string } }): string =>
  metadata.name;
const NODES: WatchedResource<NodeObject> = {
  ...{ path: '/api/v1/nodes', schema: nodeSchema, keyOf: named },
};
const INSTANCES: WatchedResource<OsInstance> = {
  ...{ path: INSTANCES_PATH, schema: osInstanceSchema, keyOf: named },
};

/** @returns null where the caller may not read them */
export async function watchNodes(
  api: KubeApi,
  listener: WatchListener & { readonly signal: AbortSignal },
): Promise<NodeWatch | null> {
  const { signal, onTrouble } = listener;
  for (const { path } of [NODES, INSTANCES]) {
    if (!(await mayList(api, path, signal))) return null;
  }
  const apiServerVersion = await versionOf(api, signal);
  const watched = {
    nodes: watchResource(api, NODES, listener),
    instances: watchResource(api, INSTANCES, listener),
  };
  let nodes = watched.nodes.objects;
  let instances = watched.instances.objects;
  const ended = Promise.all([watched.nodes.ended, watched.instances.ended]);
  await Promise.race([ended, Promise.all([watched.nodes.listed, watched.instances.listed])]);
  return {
    view: () => ({
      ...{ nodes: [...nodes.values()], instances, apiServerVersion },
      ...{ drains: new Map(), ...WITHOUT_OPERATOR },
    }),
    instances: () => instances,
    refresh: async (until) => {
      const options = { signal: until, onTrouble };
      const list = async <T>(resource: WatchedResource<T>): Promise<ReadonlyMap<string, T>> => {
        const { items } = await listResource(api, resource, options);
        return new Map(items.map((item) => [resource.keyOf(item), item]));
      };
      const fresh = { nodes: await list(NODES), instances: await list(INSTANCES) };
      ({ nodes, instances } = fresh);
    },
    ended,
  };
}
