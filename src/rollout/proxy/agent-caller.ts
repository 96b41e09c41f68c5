import { z } from 'zod';
import { askAgent } from '../../agent/client/ask-agent.ts';
import type { AgentStatus } from '../../agent/status.ts';
import { KubeosError } from '../../errors.ts';
import type { AgentCall } from './agent-call.ts';
import {
  afterAsking,
  afterBegun,
  afterConfigured,
  afterFailure,
  afterLoss,
  afterStatus,
  newCourse,
  type Course,
} from './course.ts';

export interface CallerOptions {
  readonly socket: string;
  readonly onEnd: () => void;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

const begunSchema = z.object({ operation: z.object({ id: z.int(), since: z.string() }) });

/** Asks the agent of this node, one thing at a time, and remembers what came of it. */
export class AgentCaller {
  readonly #options: CallerOptions;
  #course = newCourse('');
  #asking: Promise<void> | null = null;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  get course(): Course {
    return this.#course;
  }

  get isAsking(): boolean {
    return this.#asking !== null;
  }

  observe(status: AgentStatus): void {
    this.#course = afterStatus(this.#course, status, performance.now());
  }

  /** The agent has ended, and what it was asked for perhaps with it. */
  lose(): void {
    this.#course = afterLoss(this.#course);
  }

  /** Does not wait for the answer; while there is none, nothing else is asked. */
  start(call: AgentCall, course: Course): void {
    if (this.#asking !== null) return;
    this.#course = afterAsking(course, call, performance.now());
    this.#options.log(`asks the agent: ${call.step}`);
    this.#asking = this.#ask(call).finally(() => {
      this.#asking = null;
      this.#options.onEnd();
    });
  }

  async idle(): Promise<void> {
    await this.#asking;
  }

  async #ask(call: AgentCall): Promise<void> {
    const { step, method, path, body, key } = call;
    const { socket, signal, log } = this.#options;
    const { runId } = this.#course;
    try {
      const what = { method, path, idempotencyKey: key, ...(body !== undefined && { body }) };
      const answer = await askAgent({ socket, signal, ...what });
      if (this.#course.runId === runId) this.#course = afterAnswer(this.#course, call, answer);
    } catch (error) {
      if (signal.aborted) return;
      const { code, message } = errorOf(error);
      log(`${step}: ${message}`);
      if (isGone(error) || this.#course.runId !== runId) return;
      this.#course = afterFailure(this.#course, step, { code, message, atMs: performance.now() });
    }
  }
}

function afterAnswer(course: Course, { step, applies }: AgentCall, answer: unknown): Course {
  if (step === 'prepare') return afterBegun(course, begunSchema.parse(answer).operation);
  return applies === undefined ? course : afterConfigured(course, applies.kind, applies.settings);
}

function errorOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof KubeosError)) return { code: 'INTERNAL', message: String(error) };
  const { code, message, hint } = error;
  return { code, message: hint === undefined ? message : `${message}: ${hint}` };
}

/** No answer is no refusal: whoever answers next is asked again. */
const isGone = (error: unknown): boolean =>
  error instanceof KubeosError && error.code === 'HOST_NOT_READY' && error.cause !== undefined;
