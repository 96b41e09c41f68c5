import { KubeApi } from '../kube/kube-api.ts';
import type { ClusterChoice } from '../kube/connect-cluster.ts';
import { podAccount } from '../kube/pod-account.ts';

/** What runs in a pod, and is told of no other cluster, has its own account, and does not load what reads kubeconfigs. */
export async function connectFromPod(choice: ClusterChoice): Promise<KubeApi> {
  const own = Object.keys(choice).length === 0 ? await podAccount(process.env) : null;
  if (own !== null) return new KubeApi(own);
  const { connectCluster } = await import('../kube/connect-cluster.ts');
  return connectCluster(choice);
}
