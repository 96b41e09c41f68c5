import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { KubeosError } from '../../errors.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';
import { OPERATOR_NAMESPACE } from '../../rollout/install/manifest.ts';

/** As long as `kubeos uninstall` waits for what it removes. */
const BOUND_MS = 120_000;

const namespaceSchema = z.object({
  metadata: z.object({ deletionTimestamp: z.string().optional() }),
});

/**
 * Where the lease of the operator is. Where nothing is installed there is no namespace of its own; with two leases there were
 * two operators, so no guess is made. One that ends, after an uninstall, takes its lease with it, and is waited for.
 *
 * @throws KubeosError TIMED_OUT where it does not end
 */
export async function leaseNamespace(
  api: KubeApi,
  { signal, log }: { readonly signal: AbortSignal; readonly log: (line: string) => void },
): Promise<string> {
  const path = `/api/v1/namespaces/${OPERATOR_NAMESPACE}`;
  const request = { method: 'GET', path, signal } as const;
  const endMs = performance.now() + BOUND_MS;
  for (let isTold = false; ; isTold = true) {
    const answer = await api.ask(request);
    if (answer.status === 404) return 'default';
    const { metadata } = namespaceSchema.parse(assertDone(request, answer));
    if (metadata.deletionTimestamp === undefined) return OPERATOR_NAMESPACE;
    if (!isTold)
      log(`waits for the end of namespace ${OPERATOR_NAMESPACE}, which is being removed`);
    if (performance.now() > endMs) throw doesNotEnd();
    await pause(500, undefined, { signal });
  }
}

function doesNotEnd(): KubeosError {
  return new KubeosError('TIMED_OUT', `namespace ${OPERATOR_NAMESPACE} does not end`, {
    hint: `kubectl get namespace ${OPERATOR_NAMESPACE} -o yaml says what it waits for; then ask again`,
  });
}
