import { hostname } from 'node:os';
import type { KubeApi } from '../../kube/kube-api.ts';
import { OPERATOR_NAMESPACE } from '../../rollout/install/manifest.ts';
import { OperatorMetrics } from '../../rollout/operator/operator-metrics.ts';
import { runOperator } from '../../rollout/operator/run-operator.ts';
import type { CliContext } from '../command-spec.ts';
import { VERSION } from '../version.ts';

/**
 * The operator inside of a command, for as long as the command waits. It takes the same lease as one in the cluster: where
 * there is one, that one goes on with the work, and this one only waits for its turn.
 */
export async function workLocally(
  api: KubeApi,
  { signal, stderr }: Pick<CliContext, 'signal' | 'stderr'>,
  wait: () => Promise<number>,
): Promise<number> {
  const over = new AbortController();
  const operating = runOperator(api, {
    ...{ namespace: await leaseNamespace(api), identity: `${hostname()}-${process.pid}` },
    ...{ operatorNode: null, metrics: new OperatorMetrics(VERSION) },
    log: (line) => stderr.write(`${line}\n`),
    signal: AbortSignal.any([signal, over.signal]),
  });
  const failing = operating.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => {
      if (!over.signal.aborted) throw error;
      return 0;
    },
  );
  try {
    return await Promise.race([wait(), failing]);
  } finally {
    over.abort();
    await operating.catch(() => undefined);
  }
}

/** Where nothing is installed there is no namespace of its own. */
async function leaseNamespace(api: KubeApi): Promise<string> {
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}`;
  return (await api.ask({ method: 'GET', path })).status === 200 ? OPERATOR_NAMESPACE : 'default';
}
