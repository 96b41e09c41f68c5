import { KubeosError } from '../../src/errors.ts';
import { osInstanceSchema, type OsInstance } from '../../src/rollout/api/os-instance.ts';
import type { AgentCall } from '../../src/rollout/proxy/agent-call.ts';
import {
  afterAsking,
  afterBegun,
  afterFailure,
  afterLoss,
  afterStatus,
  newCourse,
} from '../../src/rollout/proxy/course.ts';
import {
  courseFor,
  decideProxy,
  type ProxyDecision,
  type ProxyView,
} from '../../src/rollout/proxy/decide-proxy.ts';
import { reportOf } from '../../src/rollout/proxy/report-status.ts';
import type { ModelNode } from './model-node.ts';

/** What goes wrong in one tick. */
export type Mishap =
  | 'none'
  | 'proxy-killed'
  | 'agent-killed'
  | 'power-cut'
  | 'report-lost'
  | 'call-lost'
  | 'answer-lost'
  | 'api-away';

const TICK_MS = 5000;

/** A proxy over a node in memory, and an operator that lets it go on as it sees it go. */
export class ModelRun {
  readonly node: ModelNode;
  /** Phases as they were written, without repetitions. */
  readonly story: string[] = [];
  /** As the API server has it. */
  instance: OsInstance;
  #course = newCourse('');
  #nowMs = 0;
  #boot = '';

  constructor(node: ModelNode, run: object) {
    const { bootId } = node;
    this.node = node;
    const given = { id: 'run-1', allowed: 'prepare', since: { prepare: SINCE }, bootId, ...run };
    this.instance = osInstanceSchema.parse({ metadata: { name: 'n1' }, spec: { run: given } });
  }

  get isOver(): boolean {
    return ['committed', 'failed', 'fell-back'].includes(this.instance.status.run?.phase ?? '');
  }

  tick(mishap: Mishap = 'none'): void {
    this.#nowMs += TICK_MS;
    if (mishap === 'power-cut') this.node.goDown('power');
    if (mishap === 'agent-killed' && this.node.isUp) {
      this.node.killAgent();
      this.#course = afterLoss(this.#course);
    }
    if (mishap === 'proxy-killed' || this.#boot !== this.node.bootId) this.#startProxy();
    this.node.tick();
    if (this.node.isUp && mishap !== 'proxy-killed') this.#pass(mishap);
    if (mishap !== 'api-away') this.#allow();
  }

  #startProxy(): void {
    this.#boot = this.node.bootId;
    this.#course = newCourse('');
  }

  #pass(mishap: Mishap): void {
    const agent = this.node.status();
    const nowMs = this.#nowMs;
    this.#course = afterStatus(this.#course, agent, nowMs);
    const { instance } = this;
    const view = { instance, agent, nodeUid: null, course: this.#course, nowMs };
    const decision = decideProxy(view);
    if (mishap !== 'report-lost' && mishap !== 'api-away') this.#write(view, decision);
    const { call } = decision;
    if (call === null) return;
    if (agent.operation !== null) throw new Error(`asked for ${call.step} while something goes on`);
    this.#ask(view, call, mishap);
  }

  #write(view: ProxyView, decision: ProxyDecision): void {
    const status = reportOf(view, decision, new Date(0));
    this.instance = { ...this.instance, status };
    const phase = decision.run?.phase ?? '';
    if (this.story.at(-1) !== phase) this.story.push(phase);
  }

  #ask(view: ProxyView, call: AgentCall, mishap: Mishap): void {
    this.#course = afterAsking(courseFor(view), call, this.#nowMs);
    if (mishap === 'call-lost') return this.#startProxy();
    try {
      const operation = this.node.ask(call);
      if (operation !== null) this.#course = afterBegun(this.#course, operation);
    } catch (error) {
      if (!(error instanceof KubeosError)) throw error;
      const { code, message } = error;
      const failed = { code, message, atMs: this.#nowMs };
      this.#course = afterFailure(this.#course, call.step, failed);
    }
    // The proxy ends before it has read the answer.
    if (mishap === 'answer-lost') this.#startProxy();
  }

  /** One step of the operator. */
  #allow(): void {
    const { spec, status } = this.instance;
    const { run } = spec;
    if (run === null) return;
    const changed = { ...run, ...further(run.allowed, status) };
    this.instance = { ...this.instance, spec: { ...spec, run: changed } };
  }
}

const SINCE = '2026-01-01T00:00:00Z';

function further(allowed: string, { run, booted }: OsInstance['status']) {
  if (run?.phase === 'verifying') return { commitIn: booted?.bootId ?? '' };
  if (run?.phase !== 'prepared' || allowed === 'activate') return {};
  return { allowed: allowed === 'prepare' ? 'drain' : 'activate' } as const;
}
