import { hostname } from 'node:os';
import type { KubeApi } from '../../kube/kube-api.ts';
import { OperatorMetrics } from '../../rollout/operator/operator-metrics.ts';
import { runOperator } from '../../rollout/operator/run-operator.ts';
import { VERSION } from '../version.ts';
import { leaseNamespace } from './lease-namespace.ts';

/**
 * The operator inside of a command, until the signal. It takes the same lease as one in the cluster: where there is one, that
 * one goes on with the work, and this one only waits for its turn.
 */
export async function operateLocally(
  api: KubeApi,
  { signal, log }: { readonly signal: AbortSignal; readonly log: (line: string) => void },
): Promise<void> {
  const namespace = await leaseNamespace(api, { signal, log });
  await runOperator(api, {
    ...{ namespace, identity: `${hostname()}-${process.pid}` },
    ...{ operatorNode: null, metrics: new OperatorMetrics(VERSION), log, signal },
    now: () => new Date(),
  });
}
