import { isDeepStrictEqual } from 'node:util';
import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi } from '../../kube/kube-api.ts';
import { osName, type OsObject } from '../api/os-object.ts';
import type { OsStatus } from '../api/os-status.ts';
import type { Fleet } from '../plan/fleet.ts';
import { planRollout } from '../plan/plan-rollout.ts';
import type { Plan, Step } from '../plan/step.ts';
import { summarise } from '../plan/summarise.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ClusterWatch } from './cluster-watch.ts';
import type { Drains } from './drains.ts';
import { observeLeft } from './observe-left.ts';
import { observeRollouts, type Observed, type ObservedRollout } from './observe-rollouts.ts';
import { recordAfter, recordFor, withoutHalt } from './rollout-record.ts';
import { invalidStatus, statusOf } from './status-of.ts';
import {
  API_VERSION,
  firstInstance,
  GROUP_PATH,
  INSTANCES_PATH,
  writesOf,
  type NodeStep,
  type Write,
  type WriteContext,
} from './step-writes.ts';

export interface OperatorParts {
  readonly api: KubeApi;
  readonly cluster: ClusterWatch;
  readonly drains: Drains;
  /** Where the operator runs; null for one outside of the cluster. */
  readonly operatorNode: string | null;
  readonly now: () => Date;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export const FIELD_MANAGER = 'kubeos-operator';

/** One look at the cluster, and what follows from it. All that it knows lies in the cluster. */
export class Operator {
  readonly #parts: OperatorParts;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  /** @returns whether something still goes on, so that time alone may change what is to be done */
  async pass(): Promise<boolean> {
    const view = this.#view();
    const nowMs = this.#parts.now().getTime();
    const observed = observeRollouts(view, nowMs);
    this.#parts.drains.keep(drained(view));
    await this.#keepInstances(view, observed);
    let isBusy = false;
    for (const one of observed) {
      if ('invalid' in one)
        await this.#tell(one.os, invalidStatus(one.os, one.invalid, new Date(nowMs)));
      else isBusy = (await this.#go(view, one, nowMs)) || isBusy;
    }
    return (await this.#endLeft(view, observed, nowMs)) || isBusy;
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

  async #go(view: ClusterView, rollout: ObservedRollout, nowMs: number): Promise<boolean> {
    const { os, fleet, target, asked } = rollout;
    const plan = planRollout(fleet, nowMs);
    let record = withoutHalt(recordFor(os.status, target, nowMs), fleet.course);
    const asker = { ...os.metadata, repository: asked.spec.repository };
    const written = await this.#carryOut({ view, fleet, plan, asker, nowMs });
    for (const step of written) {
      const node = 'node' in step ? nodeOf(fleet, step.node) : null;
      record = recordAfter(record, step, { node, nowMs });
    }
    const summary = summarise(fleet, plan, nowMs);
    await this.#tell(os, statusOf(os, { summary, plan, record }, new Date(nowMs)));
    return summary.state.kind !== 'complete';
  }

  /** Nobody is told of what ends here. */
  async #endLeft(
    view: ClusterView,
    observed: readonly Observed[],
    nowMs: number,
  ): Promise<boolean> {
    const meant = observed.flatMap((one) => ('invalid' in one ? [] : one.fleet.nodes));
    const fleet = observeLeft(view, new Set(meant.map(({ name }) => name)));
    if (fleet.nodes.length === 0) return false;
    const plan = planRollout(fleet, nowMs);
    const asker = { name: '', namespace: '', uid: '', repository: '' };
    await this.#carryOut({ view, fleet, plan, asker, nowMs });
    return true;
  }

  /** @returns the steps that were written; one that fails is asked for again by the next pass */
  async #carryOut({ view, fleet, plan, asker, nowMs }: Work): Promise<readonly Step[]> {
    const done: Step[] = [];
    for (const step of plan.steps) {
      this.#parts.signal.throwIfAborted();
      if (!('node' in step)) {
        done.push(step);
        continue;
      }
      const context = contextOf(view, fleet, { step, asker, nowMs });
      try {
        await this.#write(step, context);
        done.push(step);
        this.#parts.log(`${step.node}: ${step.do}${'message' in step ? `: ${step.message}` : ''}`);
      } catch (error) {
        this.#parts.signal.throwIfAborted();
        this.#parts.log(`${step.node}: ${step.do}: ${messageOf(error)}`);
      }
    }
    return done;
  }

  async #write(step: NodeStep, context: WriteContext): Promise<void> {
    if (step.do === 'force-drain') return this.#parts.drains.force(step.node);
    for (const write of writesOf(step, context)) await this.#apply(write);
  }

  async #apply({ to, object }: Write): Promise<void> {
    const { api, cluster, signal } = this.#parts;
    const { name } = object.metadata;
    const path = to === 'node' ? `/api/v1/nodes/${name}` : `${INSTANCES_PATH}/${name}`;
    const answer = await applyObject(api, object, { path, fieldManager: FIELD_MANAGER, signal });
    (to === 'node' ? cluster.nodes : cluster.instances).remember(answer);
  }

  /** Every node that is meant has one, and one of a node that is gone goes too. */
  async #keepInstances(view: ClusterView, observed: readonly Observed[]): Promise<void> {
    const nodes = new Map(view.nodes.map((node) => [node.metadata.name, node]));
    const meant = observed.flatMap((one) => ('invalid' in one ? [] : one.fleet.nodes));
    for (const { name } of meant) {
      const node = nodes.get(name);
      if (node !== undefined && !view.instances.has(name)) await this.#apply(firstInstance(node));
    }
    for (const name of view.instances.keys()) {
      if (nodes.has(name)) continue;
      const { api, signal } = this.#parts;
      await api.ask({ method: 'DELETE', path: `${INSTANCES_PATH}/${name}`, signal });
    }
  }

  async #tell({ metadata, status: before, ...os }: OsObject, status: OsStatus): Promise<void> {
    if (isDeepStrictEqual(before, status)) return;
    const { name, namespace } = metadata;
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
    } catch (error) {
      signal.throwIfAborted();
      log(`${osName({ metadata, ...os })}: status: ${messageOf(error)}`);
    }
  }
}

interface Asker {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly repository: string;
}

interface Work {
  readonly view: ClusterView;
  readonly fleet: Fleet;
  readonly plan: Plan;
  readonly asker: Asker;
  readonly nowMs: number;
}

function contextOf(
  view: ClusterView,
  fleet: Fleet,
  {
    step,
    asker,
    nowMs,
  }: { readonly step: NodeStep; readonly asker: Asker; readonly nowMs: number },
): WriteContext {
  const node = view.nodes.find(({ metadata }) => metadata.name === step.node);
  const fleetNode = nodeOf(fleet, step.node);
  if (node === undefined || fleetNode === null) throw new Error(`no node ${step.node}`);
  const instance = view.instances.get(step.node) ?? null;
  const holdCommitSeconds = Math.ceil(fleet.policy.limits.readyMs / 1000) + HOLD_SECONDS;
  const { repository } = asker;
  return { os: asker, repository, node, instance, fleetNode, holdCommitSeconds, nowMs };
}

/** Beyond what a node has to be Ready for: it has to start its pods, and an operator may be on its way itself. */
const HOLD_SECONDS = 600;

const nodeOf = ({ nodes }: Fleet, name: string) => nodes.find((node) => node.name === name) ?? null;

const drained = ({ instances }: ClusterView): ReadonlySet<string> =>
  new Set(
    [...instances].filter(([, { spec }]) => spec.run?.allowed === 'drain').map(([name]) => name),
  );

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
