import { isOfNode } from '../api/observe-node.ts';
import { DEFAULT_RULES, drainRulesOf, type DrainRules } from '../drain/drain-rules.ts';
import type { ClusterView } from './cluster-view.ts';
import type { DrainOrder } from './drains.ts';
import type { Observed } from './observe-rollouts.ts';

/** Nodes whose run is let so far that the operator drains them, and how, by what means them now. */
export function drainOrders(
  { nodes, instances }: Pick<ClusterView, 'nodes' | 'instances'>,
  observed: readonly Observed[],
): ReadonlyMap<string, DrainOrder> {
  const rules = rulesIn(observed);
  const orders = nodes.flatMap(({ metadata: { name, uid } }) => {
    const one = instances.get(name);
    const run = one?.spec.run ?? null;
    if (one === undefined || run?.allowed !== 'drain' || !isOfNode(one, uid)) return [];
    if (run.drain !== undefined) return [];
    const sinceMs = Date.parse(run.since.drain ?? run.since.prepare);
    return [[name, { rules: rules.get(name) ?? DEFAULT_RULES, sinceMs }] as const];
  });
  return new Map(orders);
}

/** By the name of the node. */
export function rulesIn(observed: readonly Observed[]): ReadonlyMap<string, DrainRules> {
  const rules = new Map<string, DrainRules>();
  for (const one of observed) {
    if (!('fleet' in one)) continue;
    const asked = drainRulesOf(one.asked.spec.drain);
    for (const { name } of one.fleet.nodes) rules.set(name, asked);
  }
  return rules;
}
