import { hostname } from 'node:os';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';
import { OPERATOR_NAMESPACE } from '../../rollout/install/manifest.ts';
import { OperatorMetrics } from '../../rollout/operator/operator-metrics.ts';
import { runOperator } from '../../rollout/operator/run-operator.ts';
import { VERSION } from '../version.ts';

/**
 * The operator inside of a command, until the signal. It takes the same lease as one in the cluster: where there is one, that
 * one goes on with the work, and this one only waits for its turn.
 */
export async function operateLocally(
  api: KubeApi,
  { signal, log }: { readonly signal: AbortSignal; readonly log: (line: string) => void },
): Promise<void> {
  await runOperator(api, {
    ...{ namespace: await leaseNamespace(api), identity: `${hostname()}-${process.pid}` },
    ...{ operatorNode: null, metrics: new OperatorMetrics(VERSION), log, signal },
    now: () => new Date(),
  });
}

/** Where nothing is installed there is no namespace of its own. With two leases there were two operators: no guess is made. */
async function leaseNamespace(api: KubeApi): Promise<string> {
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}`;
  const request = { method: 'GET', path } as const;
  const answer = await api.ask(request);
  if (answer.status === 404) return 'default';
  assertDone(request, answer);
  return OPERATOR_NAMESPACE;
}
