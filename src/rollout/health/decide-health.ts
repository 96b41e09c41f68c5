import type { NodeObject } from '../api/node-object.ts';
import type { OsSpec } from '../api/os-spec.ts';
import { matches } from '../api/select-nodes.ts';
import { controllerOf, isReadyPod, podName, type Pod } from '../drain/pod.ts';
import type { DaemonSet } from './daemon-set.ts';
import { isPlacedOn } from './is-placed-on.ts';

export type HealthCheck = OsSpec['health']['checks'][number];

/** What a node has to show in its new boot, besides Ready. */
export interface HealthOrder {
  /** `namespace/name` of those of which a pod was Ready here before. */
  readonly daemonSets: readonly string[];
  readonly checks: readonly HealthCheck[];
  readonly readySeconds: number;
}

/** What was seen of its pods last. */
export interface SeenPods {
  /** By uid. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** By `namespace/name`. */
  readonly daemonSets: ReadonlyMap<string, DaemonSet>;
}

export interface HealthView {
  readonly node: NodeObject;
  /** Null where they were not looked at yet. */
  readonly seen: SeenPods | null;
  readonly nowMs: number;
}

/** Whether its pods have to be looked at. */
export const needsPods = ({ daemonSets, checks }: Omit<HealthOrder, 'readySeconds'>): boolean =>
  daemonSets.length > 0 || checks.some(({ pods }) => pods !== undefined);

/** The first thing that a node does not show yet, for people; null where it shows all. */
export function decideHealth(order: HealthOrder, view: HealthView): string | null {
  const conditions = order.checks.map(({ condition }) =>
    condition === undefined ? null : missedCondition(condition, order, view),
  );
  return conditions.find((because) => because !== null) ?? missedPods(order, view);
}

function missedCondition(
  { type, status }: NonNullable<HealthCheck['condition']>,
  { readySeconds }: HealthOrder,
  { node, nowMs }: HealthView,
): string | null {
  const found = node.status.conditions.find((one) => one.type === type);
  if (found === undefined) return `nobody says its condition ${type}`;
  if (found.status !== status) return `its condition ${type} is ${found.status}, not ${status}`;
  const since = found.lastTransitionTime ?? null;
  if (since === null || nowMs - Date.parse(since) >= readySeconds * 1000) return null;
  return `its condition ${type} is ${status} since ${since}, and not for ${readySeconds} s yet`;
}

function missedPods(order: HealthOrder, { node, seen }: HealthView): string | null {
  if (!needsPods(order)) return null;
  if (seen === null) return 'its pods were not looked at yet';
  const missed = [
    ...order.daemonSets.map((name) => missedDaemonSet(name, node, seen)),
    ...order.checks.map(({ pods }) => (pods === undefined ? null : missedCheck(pods, seen))),
  ];
  return missed.find((because) => because !== null) ?? null;
}

function missedDaemonSet(name: string, node: NodeObject, seen: SeenPods): string | null {
  const daemonSet = seen.daemonSets.get(name);
  // Deleted meanwhile: nobody makes its pod any more.
  if (daemonSet === undefined) return null;
  const own = [...seen.pods.values()].filter((pod) => daemonSetOf(pod) === name);
  const [first] = own;
  if (first === undefined) {
    return isPlacedOn(daemonSet, node) ? `DaemonSet ${name} has no pod here yet` : null;
  }
  return own.some(isReadyPod) ? null : `pod ${podName(first)} of DaemonSet ${name} is not Ready`;
}

/** `namespace/name` of the DaemonSet that made it; null for any other pod. */
function daemonSetOf(pod: Pod): string | null {
  const controller = controllerOf(pod);
  return controller?.kind === 'DaemonSet' ? `${pod.metadata.namespace}/${controller.name}` : null;
}

/** DaemonSets of which one of these pods is Ready. */
export const readyDaemonSets = (pods: Iterable<Pod>): readonly string[] =>
  [...pods].filter(isReadyPod).flatMap((pod) => daemonSetOf(pod) ?? []);

function missedCheck(
  { namespace, selector }: NonNullable<HealthCheck['pods']>,
  { pods }: SeenPods,
): string | null {
  const meant = [...pods.values()].filter(
    ({ metadata, status: { phase } }) =>
      (namespace === undefined || metadata.namespace === namespace) &&
      phase !== 'Succeeded' &&
      matches(selector, metadata.labels),
  );
  if (meant.length === 0) return `no pod is here that health.checks asks for`;
  const missing = meant.find((pod) => !isReadyPod(pod));
  return missing === undefined ? null : `pod ${podName(missing)} is not Ready`;
}
