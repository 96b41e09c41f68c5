import type { AgentStatus } from '../../agent/status.ts';
import { KubeosError } from '../../errors.ts';
import type { OsInstance } from '../api/os-instance.ts';
import type { AgentCaller } from './agent-caller.ts';
import {
  courseFor,
  decideProxy,
  givenRun,
  type ProxyDecision,
  type ProxyView,
} from './decide-proxy.ts';
import type { InstanceReport } from './instance-report.ts';
import type { NodeAgent } from './node-agent.ts';
import type { OwnDrain } from './own-drain.ts';
import { reportOf, reportWithoutAgent, type NodeReport } from './report-status.ts';

export interface NodeProxyParts {
  readonly instance: () => OsInstance | null;
  /** As `ownNodeUid`. */
  readonly nodeUid: string | null;
  readonly agent: Pick<NodeAgent, 'status'>;
  readonly caller: AgentCaller;
  readonly drain: OwnDrain;
  readonly report: InstanceReport;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
  readonly onReadiness?: (why: string | null) => void;
  /** As in `NodeWork`. */
  readonly refusedBecause?: (status: AgentStatus) => string | null;
  readonly awayBecause?: () => string | null;
}

/** An agent that is started again, or with its node, is back within this. */
const AWAY_MS = 30_000;

/** One look at everything, and what follows from it. */
export class NodeProxy {
  readonly #parts: NodeProxyParts;
  #awaySinceMs: number | null = null;
  #refusal: string | null = null;
  #phase = '';

  constructor(parts: NodeProxyParts) {
    this.#parts = parts;
  }

  /** Whether there was one to work with, at the last look. */
  get hasAgent(): boolean {
    return this.#awaySinceMs === null;
  }

  /** @returns milliseconds after which time alone may have changed something; null for never */
  async pass(): Promise<number | null> {
    const { onReadiness } = this.#parts;
    const instance = this.#parts.instance();
    const status = this.#agentStatus();
    this.#track(status);
    // No OSInstance is no fault: no OS object means this node, and nothing is to be done.
    onReadiness?.(status === null ? 'the agent of this node does not answer' : null);
    this.#drain(instance);
    if (instance === null) return null;
    return status === null
      ? await this.#passWithoutAgent(instance)
      : await this.#passWith(instance, status);
  }

  /** Null while there is none to work with. */
  #agentStatus(): AgentStatus | null {
    const { agent, refusedBecause } = this.#parts;
    const { status } = agent;
    this.#refusal = status === null ? null : (refusedBecause?.(status) ?? null);
    return this.#refusal === null ? status : null;
  }

  /** Whether its agent answers or not: what is given to others meanwhile is theirs. */
  #drain(instance: OsInstance | null): void {
    const { drain, nodeUid } = this.#parts;
    const run = instance === null ? null : givenRun({ instance, nodeUid });
    drain.keep(run, instance?.spec.nodeUid ?? nodeUid ?? undefined);
  }

  #track(status: AgentStatus | null): void {
    if (status === null) {
      this.#awaySinceMs ??= performance.now();
      return;
    }
    this.#awaySinceMs = null;
    this.#parts.caller.observe(status);
  }

  async #passWithoutAgent(instance: OsInstance): Promise<number | null> {
    const leftMs = (this.#awaySinceMs ?? 0) + AWAY_MS - performance.now();
    if (leftMs > 0) return leftMs;
    const known = this.#refusal ?? this.#parts.awayBecause?.();
    const why = known ?? `the agent of this node does not answer for ${AWAY_MS / 1000} s`;
    return await this.#write(instance, reportWithoutAgent(instance, why, new Date()));
  }

  async #passWith(instance: OsInstance, agent: AgentStatus): Promise<number | null> {
    const { nodeUid, caller } = this.#parts;
    const nowMs = performance.now();
    const view: ProxyView = { instance, agent, nodeUid, course: caller.course, nowMs };
    const decision = decideProxy(view);
    this.#tell(decision);
    const { call, wakeInMs } = decision;
    // Asked for whether the report gets through or not: what needs it to be there looks at what is there.
    if (call !== null) caller.start(call, call.step === 'cancel' ? caller.course : courseFor(view));
    const { report: drain } = this.#parts.drain;
    const run = decision.run !== null && drain !== null ? { ...decision.run, drain } : decision.run;
    const report = reportOf(view, { ...decision, run }, new Date());
    return sooner(wakeInMs, await this.#write(instance, report));
  }

  /** @returns as `InstanceReport.write`; an API server that is away is told, and tried again */
  async #write(instance: OsInstance, report: NodeReport): Promise<number | null> {
    try {
      return await this.#parts.report.write(instance, report);
    } catch (error) {
      if (this.#parts.signal.aborted) return null;
      if (!(error instanceof KubeosError)) throw error;
      this.#parts.log(error.message);
      return this.#parts.report.retryInMs;
    }
  }

  #tell({ run }: ProxyDecision): void {
    const phase = run === null ? '' : `run ${run.id}: ${run.phase}`;
    if (phase === this.#phase) return;
    this.#phase = phase;
    if (run === null) return;
    this.#parts.log(run.message === '' ? phase : `${phase}: ${run.message}`);
  }
}

function sooner(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
