import type { KubeApi } from '../../src/kube/kube-api.ts';
import { watchResource } from '../../src/kube/watch-resource.ts';
import { CORDONED_BY, nodeSchema, type NodeObject } from '../../src/rollout/api/node-object.ts';

export interface AwayWatch extends AsyncDisposable {
  /** So many were away at once at most. */
  readonly most: () => number;
  /** What may not be, and was. */
  readonly wrong: () => readonly string[];
}

interface Expected {
  /** No more may be away at once. */
  readonly limit: number;
  /** Nodes with the cordon of a person, which nobody lifts or takes over. */
  readonly foreign?: readonly string[];
}

/** Looks at every change of a node: somebody else than the operator, with a watch of its own. */
export function watchAway(api: KubeApi, { limit, foreign = [] }: Expected): AwayWatch {
  const controller = new AbortController();
  const wrong = new Set<string>();
  let most = 0;
  const look = (nodes: readonly NodeObject[]): void => {
    const away = nodes.filter(isAway).map(({ metadata }) => metadata.name);
    most = Math.max(most, away.length);
    if (away.length > limit) wrong.add(`away at once: ${away.join(', ')}`);
    for (const { metadata, spec } of nodes.filter((one) => foreign.includes(one.metadata.name))) {
      const isKept = spec.unschedulable && !Object.hasOwn(metadata.annotations, CORDONED_BY);
      if (!isKept) wrong.add(`the cordon of a person on ${metadata.name} was not left alone`);
    }
  };
  const nodes = watchResource<NodeObject>(
    api,
    { path: '/api/v1/nodes', schema: nodeSchema, keyOf: ({ metadata }) => metadata.name },
    {
      ...{ onTrouble: () => undefined, signal: controller.signal },
      onChange: () => look([...nodes.objects.values()]),
    },
  );
  return {
    ...{ most: () => most, wrong: () => [...wrong] },
    [Symbol.asyncDispose]: async () => {
      controller.abort();
      await nodes.ended;
    },
  };
}

/** Cordoned, or not Ready. Unknown is what the node controller says of all of them after a long outage of the API server. */
const isAway = ({ spec, status }: NodeObject): boolean =>
  spec.unschedulable ||
  status.conditions.some((one) => one.type === 'Ready' && one.status === 'False');
