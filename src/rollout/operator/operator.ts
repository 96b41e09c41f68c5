import { isDeepStrictEqual } from 'node:util';
import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import type { Configurations } from '../api/configurations.ts';
import { osName, type OsObject } from '../api/os-object.ts';
import type { OsStatus } from '../api/os-status.ts';
import { sourceOf } from '../api/release-source.ts';
import { DEFAULT_RULES, drainRulesOf } from '../drain/drain-rules.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { summarise } from '../plan/summarise.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ClusterWatch } from './cluster-watch.ts';
import { drainOrders, rulesIn } from './drain-orders.ts';
import type { Drains } from './drains.ts';
import type { HealthCheck } from '../health/decide-health.ts';
import type { HealthWatches } from '../health/health-watches.ts';
import { failedReleasesAfter } from './failed-releases.ts';
import { keepInstances } from './keep-instances.ts';
import { NewBoots } from './new-boots.ts';
import { nodesToLookAt } from './observe-health.ts';
import { observeLeft } from './observe-left.ts';
import { observeRollouts, type Observed, type ObservedRollout } from './observe-rollouts.ts';
import type { PassedRollout } from './operator-gauges.ts';
import type { OperatorMetrics } from './operator-metrics.ts';
import type { NodeSettings, ObservedSettings } from './observe-settings.ts';
import { nodesToSettle, nodesToTell, settingsState } from './plan-settings.ts';
import { eventsOfStatus, eventsOfStep, type Events } from './tell-events.ts';
import { recordAfter, recordFor, withoutHalt } from './rollout-record.ts';
import { invalidStatus, settingsStatus, statusOf } from './status-of.ts';
import { reportedDrains } from './reported-drains.ts';
import { API_VERSION, GROUP_PATH } from '../api/resource-paths.ts';
import { rulesWrite, settingsWrite } from './instance-writes.ts';
import type { DrainBy } from './step-writes.ts';
import { FIELD_MANAGER, nodeOf, StepWriter } from './step-writer.ts';

export interface OperatorParts {
  readonly api: KubeApi;
  readonly cluster: ClusterWatch;
  readonly drains: Drains;
  readonly health: HealthWatches;
  readonly metrics: OperatorMetrics;
  readonly events: Events;
  readonly drainBy: DrainBy;
  /** Where the operator runs; null for one outside of the cluster. */
  readonly operatorNode: string | null;
  readonly now: () => Date;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** One look at the cluster, and what follows from it. All that it must not forget lies in the cluster. */
export class Operator {
  readonly #parts: OperatorParts;
  readonly #writer: StepWriter;
  readonly #boots = new NewBoots();

  constructor(parts: OperatorParts) {
    this.#parts = parts;
    this.#writer = new StepWriter(parts);
  }

  /** @returns whether something still goes on, so that time alone may change what is to be done */
  async pass(): Promise<boolean> {
    const nowMs = this.#parts.now().getTime();
    const view = this.#view(nowMs);
    const observed = observeRollouts(view, nowMs);
    this.#parts.drains.keep(drainOrders(view, observed));
    await this.#tellRules(view, observed);
    this.#parts.health.keep(nodesToLookAt(view, checksIn(observed)));
    const rollouts: PassedRollout[] = [];
    let isBusy = !(await keepInstances(this.#writer, view, observed.flatMap(meantBy)));
    for (const one of observed) {
      isBusy = (await this.#act({ view, rollouts, nowMs }, one)) || isBusy;
    }
    this.#parts.metrics.passed({ rollouts, drains: view.drains, atMs: nowMs });
    const isEnding = await this.#endLeft(view, observed, nowMs);
    return isBusy || isEnding;
  }

  /** @returns whether something of it goes on, or has to be written once more */
  async #act(pass: Pass, one: Observed): Promise<boolean> {
    const { view, rollouts, nowMs } = pass;
    if ('settings' in one) return await this.#configure(one, nowMs);
    if ('invalid' in one) {
      return !(await this.#isTold(one.os, invalidStatus(one.os, one.invalid, new Date(nowMs))));
    }
    const { os, fleet } = one;
    const { summary, isWritten } = await this.#go(view, one, nowMs);
    rollouts.push({ os, fleet, summary });
    return !isWritten || summary.state.kind !== 'complete';
  }

  #view(nowMs: number): ClusterView {
    const { cluster, drains, health, operatorNode } = this.#parts;
    const nodes = [...cluster.nodes.objects.values()];
    // As they are now: what comes while this pass writes is for the next one to decide upon.
    const instances = new Map(cluster.instances.objects);
    return {
      osObjects: [...cluster.osObjects.objects.values()],
      ...{ nodes, instances },
      drains: new Map([...reportedDrains(cluster.instances.objects), ...drains.reports]),
      returned: new Map(health.seen),
      refused: this.#writer.refused.at(nowMs),
      heardSinceMs: this.#boots.heardSinceMs({ nodes, instances }, nowMs),
      ...{ operatorNode, apiServerVersion: cluster.apiServerVersion() },
    };
  }

  async #go(view: ClusterView, rollout: ObservedRollout, nowMs: number) {
    const { os, fleet, target, asked } = rollout;
    const plan = planRollout(fleet, nowMs);
    let record = withoutHalt(recordFor(os.status, target, nowMs), fleet.course);
    const rules = drainRulesOf(asked.spec.drain);
    const triesAgain = rollout.retryMs !== null;
    const asker = { ...os.metadata, source: sourceOf(asked.spec), rules, triesAgain };
    const written = await this.#writer.carryOut({ view, fleet, plan, asker, nowMs });
    for (const step of written) {
      const at = { node: 'node' in step ? nodeOf(fleet, step.node) : null, nowMs };
      record = recordAfter(record, step, at);
      this.#parts.metrics.count(osName(os), step, at);
      if ('node' in step) this.#parts.events.tell(eventsOfStep(step, nodeNamed(view, step.node)));
    }
    const summary = summarise(fleet, plan, nowMs);
    const isComplete = summary.state.kind === 'complete' && summary.counts.current > 0;
    const ended = { fleet, record, retryMs: rollout.retryMs, isComplete };
    const failedReleases = failedReleasesAfter(os.status.failedReleases, ended);
    const status = statusOf(os, { summary, plan, record, failedReleases }, new Date(nowMs));
    const isTold = await this.#isTold(os, status);
    return { summary, isWritten: isTold && written.length === plan.steps.length };
  }

  /** Proxies that drain follow what the OS object says now, as the operator's own drains do. */
  async #tellRules(view: ClusterView, observed: readonly Observed[]): Promise<void> {
    const rules = rulesIn(observed);
    for (const node of view.nodes) {
      const { name } = node.metadata;
      const instance = view.instances.get(name) ?? null;
      const asked = instance?.spec.run?.allowed === 'drain' ? rules.get(name) : undefined;
      const write = asked === undefined ? null : rulesWrite({ node, instance }, asked);
      if (write === null) continue;
      await this.#writer.isDone(
        `${name}: drain rules`,
        async () => await this.#writer.apply(write),
      );
    }
  }

  /** Settings are told to nodes at rest; nobody is drained for them. @returns whether something goes on */
  async #configure(observed: ObservedSettings, nowMs: number): Promise<boolean> {
    const { os, settings, nodes } = observed;
    const settled = nodesToSettle(observed);
    for (const node of nodesToTell(observed)) await this.#set(node, os, settings);
    for (const node of settled) await this.#set(node, os, null);
    const state = settingsState(observed);
    const status = settingsStatus(os, { state, nodes: nodes.length }, new Date(nowMs));
    const isTold = await this.#isTold(os, status);
    return !isTold || settled.length > 0 || state.kind !== 'complete';
  }

  async #set(node: NodeSettings, os: OsObject, settings: Configurations | null): Promise<void> {
    const what = `${node.node.metadata.name}: settings`;
    await this.#writer.isDone(what, async () => {
      await this.#writer.apply(settingsWrite(node, os.metadata, settings));
      this.#parts.log(what);
    });
  }

  /** Nobody is told of what ends here. */
  async #endLeft(
    view: ClusterView,
    observed: readonly Observed[],
    nowMs: number,
  ): Promise<boolean> {
    const meant = observed.flatMap((one) => ('fleet' in one ? one.fleet.nodes : []));
    const fleet = observeLeft(view, new Set(meant.map(({ name }) => name)), nowMs);
    if (fleet.nodes.length === 0) return false;
    const plan = planRollout(fleet, nowMs);
    const nobody = { name: '', namespace: '', uid: '', triesAgain: false };
    const asker = { ...nobody, source: NOTHING, rules: DEFAULT_RULES };
    await this.#writer.carryOut({ view, fleet, plan, asker, nowMs });
    return true;
  }

  /** What could not be told now is told by the next pass. */
  async #isTold(os: OsObject, status: OsStatus): Promise<boolean> {
    if (isDeepStrictEqual(os.status, status)) return true;
    const { name, namespace } = os.metadata;
    const object = {
      ...{ apiVersion: API_VERSION, kind: 'OS', metadata: { name, namespace } },
      // What is not known is not named.
      status: Object.fromEntries(Object.entries(status).filter(([, value]) => value !== null)),
    };
    const path = `${GROUP_PATH}/namespaces/${namespace}/os/${name}/status`;
    const { api, cluster, signal, events } = this.#parts;
    return await this.#writer.isDone(`${osName(os)}: status`, async () => {
      const answer = await applyObject(api, object, { path, fieldManager: FIELD_MANAGER, signal });
      cluster.osObjects.remember(answer);
      events.tell(eventsOfStatus(os, status));
    });
  }
}

interface Pass {
  readonly view: ClusterView;
  /** Those that were seen so far. */
  readonly rollouts: PassedRollout[];
  readonly nowMs: number;
}

/** Nothing is begun on a node that nobody means any more. */
const NOTHING = { repository: '', isBefore: false, image: null, upgradeconfigs: null };

const meantBy = (one: Observed): readonly string[] => {
  if ('fleet' in one) return one.fleet.nodes.map(({ name }) => name);
  if ('settings' in one) return one.nodes.map(({ node }) => node.metadata.name);
  return one.nodes.map(({ metadata }) => metadata.name);
};

/** What the OS object that means a node asks it to show. */
function checksIn(observed: readonly Observed[]): (node: string) => readonly HealthCheck[] {
  const checks = new Map<string, readonly HealthCheck[]>();
  for (const one of observed) {
    if (!('fleet' in one)) continue;
    for (const { name } of one.fleet.nodes) checks.set(name, one.asked.spec.health.checks);
  }
  return (node) => checks.get(node) ?? [];
}

const nodeNamed = ({ nodes }: ClusterView, name: string) =>
  nodes.find(({ metadata }) => metadata.name === name);
