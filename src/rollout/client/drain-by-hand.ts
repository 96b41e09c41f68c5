import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { listResource } from '../../kube/list-resource.ts';
import { assertDone } from '../../kube/status-error.ts';
import { KubeosError } from '../../errors.ts';
import {
  BY_HAND,
  CORDONED_BY,
  nodeSchema,
  UPGRADING,
  type NodeObject,
} from '../api/node-object.ts';
import { DAEMON_SETS, PODS, podsOn } from '../drain/drained-objects.ts';
import { NodeDrain } from '../drain/drain-node.ts';
import type { DrainRules } from '../drain/drain-rules.ts';
import { NODE_VOLUMES, nodeNamed } from '../drain/node-volumes.ts';
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

export interface DrainedByHand {
  /** Seen without anything that has to leave: where nothing could be seen it is not. */
  readonly isDrained: boolean;
  /** Seen last. */
  readonly left: readonly Blocked[];
}

const FIELD_MANAGER = 'kubeos-cli';

/**
 * Cordons a node, and moves its pods, without an OS object.
 *
 * @throws KubeosError REFUSED for a node that is being upgraded, or that is not there; CLUSTER where its pods may not be
 * listed: then it is not cordoned either
 */
export async function drainByHand(api: KubeApi, order: DrainByHand): Promise<DrainedByHand> {
  const { node, signal, timeoutMs, forceAfterMs } = order;
  const found = await drainableNode(api, node);
  await listResource(api, { ...PODS, query: podsOn(node) }, order);
  await listResource(api, DAEMON_SETS, order);
  await listResource(api, { ...NODE_VOLUMES, query: nodeNamed(node) }, order);
  const { name, uid } = found.metadata;
  if (!found.spec.unschedulable) await apply(api, { name, uid }, { isCordoned: true });
  const over = new AbortController();
  const time = timeoutMs === null ? [] : [AbortSignal.timeout(timeoutMs)];
  let left: readonly Blocked[] = [];
  let isDrained = false;
  const drain = new NodeDrain(api, node, {
    ...{ rules: order.rules, sinceMs: Date.now(), onTrouble: order.onTrouble },
    signal: AbortSignal.any([signal, over.signal, ...time]),
    onReport: ({ left: now }) => {
      left = now;
      order.onReport(now);
      isDrained = now.length === 0;
      if (isDrained) over.abort();
    },
  });
  const forcing = forceAfterMs === null ? undefined : setTimeout(() => drain.force(), forceAfterMs);
  await drain.run();
  clearTimeout(forcing);
  signal.throwIfAborted();
  return { isDrained, left };
}

/** Lifts a cordon of `drainByHand`. @throws KubeosError REFUSED for one of somebody else */
export async function uncordonByHand(api: KubeApi, name: string): Promise<void> {
  const { metadata, spec } = await getNode(api, name);
  const isOfOther = spec.unschedulable && metadata.annotations[CORDONED_BY] !== BY_HAND;
  // Ours may have been lifted by others, and set again: what we give up then is only a name.
  const left = isOfOther ? spec : (await apply(api, metadata, {})).spec;
  if (!left.unschedulable) return;
  throw new KubeosError('REFUSED', `${name} was cordoned by somebody else`, {
    hint: `if that is over: kubectl uncordon ${name}`,
  });
}

/** A node that may be drained by hand. @throws KubeosError REFUSED where the operator does it, or it is not there */
export async function drainableNode(api: KubeApi, name: string): Promise<NodeObject> {
  const node = await getNode(api, name);
  if (!Object.hasOwn(node.metadata.labels, UPGRADING)) return node;
  throw new KubeosError('REFUSED', `${name} is being upgraded, and drained by the operator`, {
    hint: `kubeos rollout why ${name} says how far it is`,
  });
}

async function apply(
  api: KubeApi,
  { name, uid }: Pick<NodeObject['metadata'], 'name' | 'uid'>,
  { isCordoned = false }: { readonly isCordoned?: boolean },
): Promise<NodeObject> {
  const annotations = isCordoned ? { annotations: { [CORDONED_BY]: BY_HAND } } : {};
  const object = {
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name, uid, ...annotations } },
    ...(isCordoned && { spec: { unschedulable: true } }),
  };
  const options = { path: `/api/v1/nodes/${name}`, fieldManager: FIELD_MANAGER };
  return nodeSchema.parse(await applyObject(api, object, options));
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
