import { setTimeout as pause } from 'node:timers/promises';
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

const BOUND_MS = 30_000;

/**
 * By the operator's lease, which it renews every two seconds. It is beside what was asked for, and never in its way.
 *
 * @returns null where one works; undefined where that is not known: this account may not read the lease, or nobody answers
 */
export async function operatorAway(
  api: KubeApi,
  signal: AbortSignal,
): Promise<OperatorAway | null | undefined> {
  const bound = AbortSignal.any([signal, AbortSignal.timeout(BOUND_MS)]);
  return await look(api, bound).catch(() => undefined);
}

async function look(api: KubeApi, signal: AbortSignal): Promise<OperatorAway | null> {
  const lease = await readLease(api, signal);
  if (lease === null) return NONE;
  if ((await serverTime(api, signal)) - Date.parse(lease.renewed) < AWAY_MS) return null;
  // The clock of a machine may be wrong; one that works has renewed it meanwhile.
  await pause(2 * RENEWED_MS, undefined, { signal });
  const again = await readLease(api, signal);
  return again?.renewed === lease.renewed ? awaySince(lease) : null;
}

const NONE: OperatorAway = {
  since: null,
  message: 'no operator works in this cluster: kubeos install brings one, and --local is one',
};

const RENEWED_MS = 2000;
/** Another one has the lease after 15 s. */
const AWAY_MS = 60_000;

interface Lease {
  readonly namespace: string;
  readonly renewed: string;
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

async function readLease(api: KubeApi, signal: AbortSignal): Promise<Lease | null> {
  for (const namespace of NAMESPACES) {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/${OPERATOR}`;
    const asked = { method: 'GET', path, signal } as const;
    const answer = await api.ask(asked);
    if (answer.status === 404) continue;
    return { namespace, renewed: leaseSchema.parse(assertDone(asked, answer)) };
  }
  return null;
}

function awaySince({ namespace, renewed }: Lease): OperatorAway {
  const since = new Date(renewed).toISOString();
  const lease = `lease ${namespace}/${OPERATOR}`;
  const message = `no operator works since ${since} (${lease}), so nothing goes on: kubectl get deployments,pods -n ${OPERATOR_NAMESPACE}`;
  return { since, message };
}
