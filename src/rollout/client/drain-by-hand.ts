import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { assertDone } from '../../kube/status-error.ts';
import { KubeosError } from '../../errors.ts';
import {
  BY_HAND,
  CORDONED_BY,
  nodeSchema,
  UPGRADING,
  type NodeObject,
} from '../api/node-object.ts';
import { NodeDrain } from '../drain/drain-node.ts';
import type { DrainRules } from '../drain/judge-pod.ts';
import type { Blocked } from '../drain/plan-drain.ts';

export interface DrainByHand {
  readonly node: string;
  readonly rules: DrainRules;
  /** Null: as long as it takes. */
  readonly timeoutMs: number | null;
  /** From then on what is left is deleted; null for never. */
  readonly forceAfterMs: number | null;
  readonly onReport: (left: readonly Blocked[]) => void;
  readonly onTrouble: (why: string) => void;
  readonly signal: AbortSignal;
}

const FIELD_MANAGER = 'kubeos-cli';

/**
 * Cordons a node, and moves its pods, without an OS object.
 *
 * @returns what is left when the time is over; nothing: the node is drained
 * @throws KubeosError REFUSED for a node that is being upgraded, or that is not there
 */
export async function drainByHand(api: KubeApi, order: DrainByHand): Promise<readonly Blocked[]> {
  const { node, signal, timeoutMs, forceAfterMs } = order;
  await cordon(api, await getNode(api, node));
  const over = new AbortController();
  const time = timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)];
  let left: readonly Blocked[] = [];
  const drain = new NodeDrain(api, node, {
    ...{ rules: order.rules, onTrouble: order.onTrouble },
    signal: AbortSignal.any([signal, over.signal, ...time]),
    onReport: (now) => {
      left = now;
      order.onReport(now);
      if (now.length === 0) over.abort();
    },
  });
  const forcing = forceAfterMs === null ? undefined : setTimeout(() => drain.force(), forceAfterMs);
  await drain.run();
  clearTimeout(forcing);
  signal.throwIfAborted();
  return left;
}

/** Lifts a cordon of `drainByHand`. @throws KubeosError REFUSED for one of somebody else */
export async function uncordonByHand(api: KubeApi, name: string): Promise<void> {
  const { metadata, spec } = await getNode(api, name);
  if (spec.unschedulable && metadata.annotations[CORDONED_BY] !== BY_HAND) {
    throw new KubeosError('REFUSED', `${name} was cordoned by somebody else`, {
      hint: `if that is over: kubectl uncordon ${name}`,
    });
  }
  await apply(api, metadata, {});
}

async function cordon(api: KubeApi, { metadata, spec }: NodeObject): Promise<void> {
  if (Object.hasOwn(metadata.labels, UPGRADING)) {
    throw new KubeosError(
      'REFUSED',
      `${metadata.name} is being upgraded, and drained by the operator`,
      {
        hint: `kubeos rollout why ${metadata.name} says how far it is`,
      },
    );
  }
  if (!spec.unschedulable) await apply(api, metadata, { isCordoned: true });
}

async function apply(
  api: KubeApi,
  { name, uid }: NodeObject['metadata'],
  { isCordoned = false }: { readonly isCordoned?: boolean },
): Promise<void> {
  const annotations = isCordoned ? { annotations: { [CORDONED_BY]: BY_HAND } } : {};
  const object = {
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name, uid, ...annotations } },
    ...(isCordoned && { spec: { unschedulable: true } }),
  };
  await applyObject(api, object, { path: `/api/v1/nodes/${name}`, fieldManager: FIELD_MANAGER });
}

async function getNode(api: KubeApi, name: string): Promise<NodeObject> {
  const request = { method: 'GET', path: `/api/v1/nodes/${encodeURIComponent(name)}` } as const;
  const answer = await api.ask(request);
  if (answer.status === 404) {
    throw new KubeosError('REFUSED', `the cluster has no node ${JSON.stringify(name)}`, {
      hint: 'kubectl get nodes lists them',
    });
  }
  return nodeSchema.parse(assertDone(request, answer));
}
