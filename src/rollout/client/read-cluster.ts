import type { z } from 'zod';
import type { KubeApi } from '../../kube/kube-api.ts';
import { listResource } from '../../kube/list-resource.ts';
import { nodeSchema } from '../api/node-object.ts';
import { osInstanceSchema } from '../api/os-instance.ts';
import { osObjectSchema } from '../api/os-object.ts';
import { WITHOUT_OPERATOR, type ClusterView } from '../operator/cluster-view.ts';
import { versionOf } from '../operator/cluster-watch.ts';
import { reportedDrains } from '../operator/reported-drains.ts';
import { GROUP_PATH, INSTANCES_PATH } from '../api/resource-paths.ts';

/** The cluster as an operator would see it now; how far drains are only an operator knows, and the status says it. */
export async function readCluster(
  api: KubeApi,
  options: { readonly signal: AbortSignal; readonly onTrouble: (why: string) => void },
): Promise<ClusterView> {
  const list = async <T>(path: string, schema: z.ZodType<T>): Promise<readonly T[]> =>
    (await listResource(api, { path, schema }, options)).items;
  const instances = await list(INSTANCES_PATH, osInstanceSchema);
  const byName = new Map(instances.map((instance) => [instance.metadata.name, instance]));
  return {
    osObjects: await list(`${GROUP_PATH}/os`, osObjectSchema),
    nodes: await list('/api/v1/nodes', nodeSchema),
    instances: byName,
    ...{ drains: reportedDrains(byName), ...WITHOUT_OPERATOR },
    apiServerVersion: await versionOf(api, options.signal),
  };
}
