import type { KubeAnswer, KubeApi } from './kube-api.ts';

export interface EvictedPod {
  readonly namespace: string;
  readonly name: string;
  /** The pod that is meant, and none that has its name since. */
  readonly uid: string;
}

/** Asks for an eviction (policy/v1); what each answer means is the caller's business. */
export async function evictPod(
  api: KubeApi,
  { namespace, name, uid }: EvictedPod,
  { isDryRun = false, signal }: { readonly isDryRun?: boolean; readonly signal?: AbortSignal } = {},
): Promise<KubeAnswer> {
  return await api.ask({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
    query: isDryRun ? { dryRun: 'All' } : {},
    body: {
      ...{ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace } },
      deleteOptions: { preconditions: { uid } },
    },
    ...(signal !== undefined && { signal }),
  });
}
