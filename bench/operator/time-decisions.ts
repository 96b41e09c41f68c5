import { isDeepStrictEqual } from 'node:util';
import { connectCluster } from '../../src/kube/connect-cluster.ts';
import { listResource } from '../../src/kube/list-resource.ts';
import type { WatchedResource } from '../../src/kube/resource.ts';
import { NODES, INSTANCES, OS_OBJECTS } from '../../src/rollout/operator/cluster-watch.ts';
import { WITHOUT_OPERATOR, type ClusterView } from '../../src/rollout/operator/cluster-view.ts';
import { observeLeft } from '../../src/rollout/operator/observe-left.ts';
import { observeRollouts } from '../../src/rollout/operator/observe-rollouts.ts';
import { statusOf } from '../../src/rollout/operator/status-of.ts';
import { planRollout } from '../../src/rollout/plan/plan-rollout.ts';
import { summarise } from '../../src/rollout/plan/summarise.ts';

/*
 * All that a pass decides, and nothing that it writes, over the objects of a cluster as they are: node
 * bench/operator/time-decisions.ts KUBECONFIG PASSES, in a process of its own. Prints milliseconds of each pass.
 */
const [kubeconfig = '', passes = '100'] = process.argv.slice(2);
const view = await observe();
const times = Array.from({ length: Number(passes) }, () => {
  const began = performance.now();
  decide(Date.now());
  return performance.now() - began;
});
process.stdout.write(JSON.stringify(times));

async function observe(): Promise<ClusterView> {
  const api = connectCluster({ kubeconfig });
  const { signal } = new AbortController();
  const list = async <T>(resource: Pick<WatchedResource<T>, 'path' | 'schema'>) =>
    (await listResource(api, resource, { signal, onTrouble: console.error })).items;
  const instances = await list(INSTANCES);
  return {
    ...{ osObjects: await list(OS_OBJECTS), nodes: await list(NODES) },
    instances: new Map(instances.map((one) => [one.metadata.name, one])),
    ...{ drains: new Map(), apiServerVersion: '1.36.0', ...WITHOUT_OPERATOR },
  };
}

function decide(nowMs: number): void {
  const observed = observeRollouts(view, nowMs);
  const meant = new Set<string>();
  for (const one of observed) {
    if (!('fleet' in one)) continue;
    const { os, fleet } = one;
    const plan = planRollout(fleet, nowMs);
    const summary = summarise(fleet, plan, nowMs);
    if (os.status.rollout === null) throw new Error('its operator has not come to it yet');
    const { rollout: record, failedReleases } = os.status;
    const told = { summary, plan, record, failedReleases };
    isDeepStrictEqual(os.status, statusOf(os, told, new Date(nowMs)));
    for (const { name } of fleet.nodes) meant.add(name);
  }
  observeLeft(view, meant, nowMs);
}
