import { KubeosError } from '../../errors.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';
import type { Manifest } from './manifest.ts';

/**
 * Before the first is applied, and by a dry run too: the server can try no object whose kind it does not know.
 *
 * @throws KubeosError CLUSTER with what the cluster lacks
 */
export async function assertKinds(
  api: KubeApi,
  manifests: readonly Manifest[],
  signal: AbortSignal,
): Promise<void> {
  const kinds = new Map(manifests.map(({ apiVersion, kind }) => [apiVersion, kind]));
  for (const [apiVersion, kind] of kinds) {
    const group = apiVersion.includes('/') ? 'apis' : 'api';
    const asked = { method: 'GET', path: `/${group}/${apiVersion}`, signal } as const;
    const answer = await api.ask(asked);
    if (answer.status !== 404) assertDone(asked, answer);
    else throw unknownKind(kind, apiVersion);
  }
}

function unknownKind(kind: string, apiVersion: string): KubeosError {
  const hint =
    kind === 'ServiceMonitor'
      ? 'the operator of Prometheus brings it: install that first, or leave --service-monitor out'
      : `kubectl api-resources --api-group=${apiVersion.split('/')[0]} says what there is of it`;
  return new KubeosError('CLUSTER', `the cluster knows no ${kind} of ${apiVersion}`, { hint });
}
