import type { KubeApi } from '../../kube/kube-api.ts';
import { mayList } from '../../kube/may-list.ts';
import type { WatchedResource } from '../../kube/resource.ts';
import { watchResource } from '../../kube/watch-resource.ts';
import {
  EndpointGaps,
  endpointSliceSchema,
  type EndpointSlice,
  type ServiceGap,
} from './endpoint-gaps.ts';
import { movingPodSchema, PodMoves, type MovingPod, type OwnerMoves } from './pod-moves.ts';

/** What a rollout did to the services of the cluster while it was watched. */
export interface MigrationReport {
  /** That had a Ready endpoint at any time. */
  readonly servicesWatched: number;
  readonly withoutEndpoint: readonly ServiceGap[];
  readonly moves: readonly OwnerMoves[];
  /** So often the watch was interrupted: what changed meanwhile is counted from when it was told. */
  readonly interruptions: number;
}

export interface MigrationMeasure {
  readonly report: () => MigrationReport;
  readonly ended: Promise<unknown>;
}

const key = ({ metadata }: { metadata: { namespace: string; name: string } }): string =>
  `${metadata.namespace}/${metadata.name}`;
const SLICES: WatchedResource<EndpointSlice> = {
  ...{ path: '/apis/discovery.k8s.io/v1/endpointslices', schema: endpointSliceSchema, keyOf: key },
};
const PODS: WatchedResource<MovingPod> = {
  ...{ path: '/api/v1/pods', schema: movingPodSchema, keyOf: ({ metadata }) => metadata.uid },
};

/**
 * By whoever waits, not by the operator: of pods and services of all namespaces it needs to know nothing.
 *
 * @param isLeft whether the rollout empties a node, or has emptied it
 * @returns null where the caller may not read them
 */
export async function measureMigration(
  api: KubeApi,
  isLeft: (node: string) => boolean,
  {
    signal,
    onTrouble,
  }: { readonly signal: AbortSignal; readonly onTrouble: (why: string) => void },
): Promise<MigrationMeasure | null> {
  for (const { path } of [SLICES, PODS]) if (!(await mayList(api, path, signal))) return null;
  const [gaps, moves] = [new EndpointGaps(), new PodMoves()];
  let interruptions = 0;
  const interrupted = (why: string): void => {
    interruptions += 1;
    onTrouble(why);
  };
  const listener = { onTrouble: interrupted, signal };
  const slices = watchResource(api, SLICES, {
    ...listener,
    onChange: () => gaps.note(slices.objects, Date.now()),
  });
  const pods = watchResource(api, PODS, {
    ...listener,
    onChange: () => moves.note(pods.objects, isLeft),
  });
  return {
    report: () => ({
      ...{ servicesWatched: gaps.watched, withoutEndpoint: gaps.gaps(Date.now()) },
      ...{ moves: moves.owners, interruptions },
    }),
    ended: Promise.all([slices.ended, pods.ended]),
  };
}
