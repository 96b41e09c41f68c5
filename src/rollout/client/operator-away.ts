import { z } from 'zod';
import type { KubeApi } from '../../kube/kube-api.ts';
import { serverTime } from '../../kube/server-time.ts';
import { assertDone } from '../../kube/status-error.ts';
import { OPERATOR, OPERATOR_NAMESPACE } from '../install/manifest.ts';

/** Nobody goes on with any rollout of the cluster. */
export interface OperatorAway {
  /** When one was heard of last; null where there is no word of one. */
  readonly since: string | null;
  readonly message: string;
}

/** Of the installed one, and of a command that is the operator where none is installed. */
const NAMESPACES = [OPERATOR_NAMESPACE, 'default'];

/** Installed, and renewed by nobody yet, it is as old as itself. */
const leaseSchema = z
  .object({
    metadata: z.object({ creationTimestamp: z.iso.datetime() }),
    spec: z.object({ renewTime: z.iso.datetime().nullish() }).prefault({}),
  })
  .transform(({ metadata, spec }) => spec.renewTime ?? metadata.creationTimestamp);

/**
 * By the operator's lease, which it renews every two seconds.
 *
 * @returns null where one works, or where this account may not read the lease
 * @throws KubeosError CLUSTER
 */
export async function operatorAway(
  api: KubeApi,
  signal: AbortSignal,
): Promise<OperatorAway | null> {
  for (const namespace of NAMESPACES) {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${OPERATOR}`;
    const asked = { method: 'GET', path, signal } as const;
    const answer = await api.ask(asked);
    if (answer.status === 403) return null;
    if (answer.status === 404) continue;
    const renewed = leaseSchema.parse(assertDone(asked, answer));
    return awayAt(await serverTime(api), { namespace, renewedMs: Date.parse(renewed) });
  }
  return NONE;
}

const NONE: OperatorAway = {
  since: null,
  message: 'no operator works in this cluster: kubeos install brings one, and --local is one',
};

/** Another one has the lease after 15 s; clocks of machines differ. */
const AWAY_MS = 60_000;

interface Renewed {
  readonly namespace: string;
  readonly renewedMs: number;
}

function awayAt(nowMs: number, { namespace, renewedMs }: Renewed): OperatorAway | null {
  if (nowMs - renewedMs < AWAY_MS) return null;
  const since = new Date(renewedMs).toISOString();
  const lease = `lease ${namespace}/${OPERATOR}`;
  const message = `no operator works since ${since} (${lease}), so nothing goes on: kubectl get deployments,pods -n ${OPERATOR_NAMESPACE}`;
  return { since, message };
}
