import { isDeepStrictEqual } from 'node:util';
import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { osName, type OsObject } from '../api/os-object.ts';
import type { OsStatus } from '../api/os-status.ts';
import { sourceOf } from '../api/release-source.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import { summarise } from '../plan/summarise.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ClusterWatch } from './cluster-watch.ts';
import type { Drains } from './drains.ts';
import { observeLeft } from './observe-left.ts';
import { observeRollouts, type Observed, type ObservedRollout } from './observe-rollouts.ts';
import type { PassedRollout } from './operator-gauges.ts';
import type { OperatorMetrics } from './operator-metrics.ts';
import {
  nodesToSettle,
  nodesToTell,
  settingsState,
  type ObservedSettings,
} from './observe-settings.ts';
import { eventsOfStatus, eventsOfStep, type Events } from './tell-events.ts';
import { recordAfter, recordFor, withoutHalt } from './rollout-record.ts';
import { invalidStatus, settingsStatus, statusOf } from './status-of.ts';
import {
  API_VERSION,
  firstInstance,
  GROUP_PATH,
  INSTANCES_PATH,
  settingsWrite,
} from './step-writes.ts';
import { FIELD_MANAGER, messageOf, nodeOf, StepWriter } from './step-writer.ts';

export interface OperatorParts {
  readonly api: KubeApi;
  readonly cluster: ClusterWatch;
  readonly drains: Drains;
  readonly metrics: OperatorMetrics;
  readonly events: Events;
  /** Where the operator runs; null for one outside of the cluster. */
  readonly operatorNode: string | null;
  readonly now: () => Date;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

/** First writes of a large cluster do not wait for each other. */
const AT_ONCE = 16;

/** One look at the cluster, and what follows from it. All that it knows lies in the cluster. */
export class Operator {
  readonly #parts: OperatorParts;
  readonly #writer: StepWriter;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
    this.#writer = new StepWriter(parts);
  }

  /** @returns whether something still goes on, so that time alone may change what is to be done */
  async pass(): Promise<boolean> {
    const view = this.#view();
    const nowMs = this.#parts.now().getTime();
    const observed = observeRollouts(view, nowMs);
    this.#parts.drains.keep(drained(view));
    await this.#keepInstances(view, observed);
    const rollouts: PassedRollout[] = [];
    let isBusy = false;
    for (const one of observed) {
      if ('fleet' in one) rollouts.push(await this.#go(view, one, nowMs));
      else if ('settings' in one) isBusy = (await this.#configure(one, nowMs)) || isBusy;
      else await this.#tell(one.os, invalidStatus(one.os, one.invalid, new Date(nowMs)));
    }
    this.#parts.metrics.passed({ rollouts, drains: view.drains, atMs: nowMs });
    const isEnding = await this.#endLeft(view, observed, nowMs);
    return isBusy || isEnding || rollouts.some(({ summary }) => summary.state.kind !== 'complete');
  }

  #view(): ClusterView {
    const { cluster, drains, operatorNode } = this.#parts;
    return {
      osObjects: [...cluster.osObjects.objects.values()],
      nodes: [...cluster.nodes.objects.values()],
      ...{ instances: cluster.instances.objects, drains: drains.reports, operatorNode },
      apiServerVersion: cluster.apiServerVersion,
    };
  }

  async #go(view: ClusterView, rollout: ObservedRollout, nowMs: number): Promise<PassedRollout> {
    const { os, fleet, target, asked } = rollout;
    const plan = planRollout(fleet, nowMs);
    let record = withoutHalt(recordFor(os.status, target, nowMs), fleet.course);
    const asker = { ...os.metadata, source: sourceOf(asked.spec) };
    const written = await this.#writer.carryOut({ view, fleet, plan, asker, nowMs });
    for (const step of written) {
      const at = { node: 'node' in step ? nodeOf(fleet, step.node) : null, nowMs };
      record = recordAfter(record, step, at);
      this.#parts.metrics.count(osName(os), step, at);
      if ('node' in step) this.#parts.events.tell(eventsOfStep(step, nodeNamed(view, step.node)));
    }
    const summary = summarise(fleet, plan, nowMs);
    await this.#tell(os, statusOf(os, { summary, plan, record }, new Date(nowMs)));
    return { os, fleet, summary };
  }

  /** Settings are told to nodes at rest; nobody is drained for them. @returns whether something goes on */
  async #configure(observed: ObservedSettings, nowMs: number): Promise<boolean> {
    const { os, settings, nodes } = observed;
    for (const node of nodesToTell(observed)) {
      await this.#writer.tryApply(settingsWrite(node, os.metadata, settings));
    }
    for (const node of nodesToSettle(observed)) {
      await this.#writer.tryApply(settingsWrite(node, os.metadata, null));
    }
    const state = settingsState(observed);
    await this.#tell(os, settingsStatus(os, { state, nodes: nodes.length }, new Date(nowMs)));
    return state.kind !== 'complete';
  }

  /** Nobody is told of what ends here. */
  async #endLeft(
    view: ClusterView,
    observed: readonly Observed[],
    nowMs: number,
  ): Promise<boolean> {
    const meant = observed.flatMap((one) => ('fleet' in one ? one.fleet.nodes : []));
    const fleet = observeLeft(view, new Set(meant.map(({ name }) => name)));
    if (fleet.nodes.length === 0) return false;
    const plan = planRollout(fleet, nowMs);
    const asker = { name: '', namespace: '', uid: '', source: NOTHING };
    await this.#writer.carryOut({ view, fleet, plan, asker, nowMs });
    return true;
  }

  /** Every node that is meant has one, and one of a node that is gone goes too. */
  async #keepInstances(view: ClusterView, observed: readonly Observed[]): Promise<void> {
    const nodes = new Map(view.nodes.map((node) => [node.metadata.name, node]));
    const meant = observed.flatMap(meantBy);
    const missing = meant.filter((name) => !view.instances.has(name));
    for (let first = 0; first < missing.length; first += AT_ONCE) {
      const some = missing.slice(first, first + AT_ONCE).flatMap((name) => nodes.get(name) ?? []);
      await Promise.all(some.map(async (node) => await this.#writer.apply(firstInstance(node))));
    }
    for (const name of view.instances.keys()) {
      if (nodes.has(name)) continue;
      const { api, signal } = this.#parts;
      await api.ask({ method: 'DELETE', path: `${INSTANCES_PATH}/${name}`, signal });
    }
  }

  async #tell(os: OsObject, status: OsStatus): Promise<void> {
    if (isDeepStrictEqual(os.status, status)) return;
    const { name, namespace } = os.metadata;
    const object = {
      ...{ apiVersion: API_VERSION, kind: 'OS', metadata: { name, namespace } },
      // What is not known is not named.
      status: Object.fromEntries(Object.entries(status).filter(([, value]) => value !== null)),
    };
    const path = `${GROUP_PATH}/namespaces/${namespace}/os/${name}/status`;
    const { api, cluster, signal, log } = this.#parts;
    try {
      const answer = await applyObject(api, object, { path, fieldManager: FIELD_MANAGER, signal });
      cluster.osObjects.remember(answer);
      this.#parts.events.tell(eventsOfStatus(os, status));
    } catch (error) {
      signal.throwIfAborted();
      log(`${osName(os)}: status: ${messageOf(error)}`);
    }
  }
}

/** Nothing is begun on a node that nobody means any more. */
const NOTHING = { repository: '', image: null, upgradeconfigs: null };

const meantBy = (one: Observed): readonly string[] => {
  if ('fleet' in one) return one.fleet.nodes.map(({ name }) => name);
  return 'settings' in one ? one.nodes.map(({ node }) => node.metadata.name) : [];
};

const nodeNamed = ({ nodes }: ClusterView, name: string) =>
  nodes.find(({ metadata }) => metadata.name === name);

const drained = ({ instances }: ClusterView): ReadonlySet<string> =>
  new Set(
    [...instances].filter(([, { spec }]) => spec.run?.allowed === 'drain').map(([name]) => name),
  );
