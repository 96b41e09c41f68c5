import { applyObject } from '../../kube/apply-object.ts';
import type { KubeApi, KubeRequest } from '../../kube/kube-api.ts';
import { assertDone, KubeStatusError } from '../../kube/status-error.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { ReleaseSource } from '../api/release-source.ts';
import type { DrainRules } from '../drain/drain-rules.ts';
import type { Fleet } from '../plan/fleet.ts';
import type { Plan, Step } from '../plan/step.ts';
import { atOnce } from './at-once.ts';
import type { ClusterView } from './cluster-view.ts';
import type { ClusterWatch } from './cluster-watch.ts';
import type { Drains } from './drains.ts';
import { MARKS_MANAGER } from './node-marks.ts';
import type { Write } from './instance-writes.ts';
import { RefusedWrites } from './refused-writes.ts';
import { INSTANCES_PATH } from '../api/resource-paths.ts';
import { writesOf, type DrainBy, type NodeStep, type WriteContext } from './step-writes.ts';

export interface WriterParts {
  readonly api: KubeApi;
  readonly cluster: Pick<ClusterWatch, 'nodes' | 'instances'>;
  readonly drains: Pick<Drains, 'force'>;
  readonly drainBy: DrainBy;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

export const FIELD_MANAGER = MARKS_MANAGER;

/** Writes the steps of a plan. What was written is known at once, whenever the watch tells of it. */
export class StepWriter {
  readonly #parts: WriterParts;
  readonly refused = new RefusedWrites();
  #quietUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: WriterParts) {
    this.#parts = parts;
  }

  /**
   * Steps of different nodes do not wait for each other: a plan holds whichever of them are written.
   *
   * @returns the steps that were written; one that fails is asked for again by the next pass
   */
  async carryOut({ view, fleet, plan, asker, nowMs }: Work): Promise<readonly Step[]> {
    const isDone = await atOnce(plan.steps, async (step) => {
      this.#parts.signal.throwIfAborted();
      if (!('node' in step)) return true;
      const { drainBy } = this.#parts;
      const context = contextOf(view, fleet, { step, asker, drainBy, nowMs });
      return await this.#isWritten(step, context);
    });
    return plan.steps.filter((_, index) => isDone[index] === true);
  }

  async apply({ to, object, isForced = false }: Write): Promise<void> {
    const { api, cluster, signal } = this.#parts;
    const { name } = object.metadata;
    const path = to === 'node' ? `/api/v1/nodes/${name}` : `${INSTANCES_PATH}/${name}`;
    const answer = await applyObject(api, object, {
      ...{ path, fieldManager: FIELD_MANAGER, isForced, signal },
    });
    (to === 'node' ? cluster.nodes : cluster.instances).remember(answer);
  }

  /** As it was observed, and nothing newer. */
  async remove({ metadata: { name, resourceVersion } }: OsInstance): Promise<void> {
    const { api, signal } = this.#parts;
    const body = {
      ...{ apiVersion: 'v1', kind: 'DeleteOptions' },
      preconditions: { resourceVersion },
    };
    const path = `${INSTANCES_PATH}/${name}`;
    const request: KubeRequest = { method: 'DELETE', path, body, signal };
    const answer = await api.ask(request);
    if (answer.status !== 404) assertDone(request, answer);
  }

  /**
   * One that fails is told, keeps nothing else waiting, and is asked for again by the next pass: or by a later one, where the
   * server says for how long it wants to be left alone (RFC 9110 section 10.2.3).
   *
   * @returns whether it is done
   */
  async isDone(what: string, write: () => Promise<void>): Promise<boolean> {
    if (performance.now() < this.#quietUntilMs) return false;
    try {
      await write();
      return true;
    } catch (error) {
      this.#parts.signal.throwIfAborted();
      this.#parts.log(`${what}: ${messageOf(error)}`);
      this.#keepQuiet(error);
      return false;
    }
  }

  #keepQuiet(error: unknown): void {
    if (!(error instanceof KubeStatusError) || error.retryAfter === null) return;
    const seconds = Math.min(error.retryAfter, LONGEST_QUIET_SECONDS);
    this.#quietUntilMs = performance.now() + seconds * 1000;
  }

  async #isWritten(step: NodeStep, context: WriteContext): Promise<boolean> {
    return await this.isDone(`${step.node}: ${step.do}`, async () => {
      await this.#write(step, context).catch((error: unknown) => {
        this.refused.failed(step.node, error, context.nowMs);
        throw error;
      });
      this.refused.done(step.node);
      const message = 'message' in step ? `: ${step.message}` : '';
      this.#parts.log(`${step.node}: ${step.do}${message}`);
    });
  }

  async #write(step: NodeStep, context: WriteContext): Promise<void> {
    if (step.do === 'force-drain') this.#parts.drains.force(step.node);
    for (const write of writesOf(step, context)) await this.apply(write);
  }
}

interface Asker {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly source: ReleaseSource;
  readonly rules: DrainRules;
  readonly triesAgain: boolean;
}

export interface Work {
  readonly view: ClusterView;
  readonly fleet: Fleet;
  readonly plan: Plan;
  readonly asker: Asker;
  readonly nowMs: number;
}

interface AskedStep {
  readonly step: NodeStep;
  readonly asker: Asker;
  readonly drainBy: DrainBy;
  readonly nowMs: number;
}

function contextOf(
  view: ClusterView,
  fleet: Fleet,
  { step, asker, drainBy, nowMs }: AskedStep,
): WriteContext {
  const node = view.nodes.find(({ metadata }) => metadata.name === step.node);
  const fleetNode = nodeOf(fleet, step.node);
  if (node === undefined || fleetNode === null) throw new Error(`no node ${step.node}`);
  const instance = view.instances.get(step.node) ?? null;
  const holdCommitSeconds = Math.ceil(fleet.policy.limits.readyMs / 1000) + HOLD_SECONDS;
  const { source, rules, triesAgain } = asker;
  const proxyRules = drainBy === 'proxy' ? rules : null;
  const { daemonSets = [] } = view.drains.get(step.node) ?? {};
  return {
    ...{ os: asker, source, node, instance, fleetNode, proxyRules, daemonSets },
    ...{ triesAgain, holdCommitSeconds, nowMs },
  };
}

/** A server that asks for more has more to say than that. */
const LONGEST_QUIET_SECONDS = 60;

/** Beyond what a node has to be Ready for: it has to start its pods, and an operator may be on its way itself. */
const HOLD_SECONDS = 600;

export const nodeOf = ({ nodes }: Fleet, name: string) =>
  nodes.find((node) => node.name === name) ?? null;

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
