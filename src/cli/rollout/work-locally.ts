import { hostname } from 'node:os';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';
import { OPERATOR_NAMESPACE } from '../../rollout/install/manifest.ts';
import { OperatorMetrics } from '../../rollout/operator/operator-metrics.ts';
import { runOperator } from '../../rollout/operator/run-operator.ts';
import { VERSION } from '../version.ts';

/**
 * The operator inside of a command, for as long as the command waits. It takes the same lease as one in the cluster: where
 * there is one, that one goes on with the work, and this one only waits for its turn.
 */
export async function workLocally<T>(
  api: KubeApi,
  { signal, log }: { readonly signal: AbortSignal; readonly log: (line: string) => void },
  wait: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const operating = runOperator(api, {
    ...{ namespace: await leaseNamespace(api), identity: `${hostname()}-${process.pid}` },
    ...{ operatorNode: null, metrics: new OperatorMetrics(VERSION) },
    ...{ log, signal: either },
  });
  const failing = operating.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => {
      if (!over.signal.aborted) throw error;
      return new Promise<never>(() => undefined);
    },
  );
  const waiting = wait(either);
  try {
    return await Promise.race([waiting, failing]);
  } finally {
    // Whichever ended, the other one would keep the process for ever.
    over.abort();
    await Promise.allSettled([operating, waiting]);
  }
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
