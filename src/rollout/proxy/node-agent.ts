import { followAgent } from '../../agent/client/follow-agent.ts';
import type { AgentStatus } from '../../agent/status.ts';
import { Backoff } from '../../kube/backoff.ts';

/** An agent says at least each 30 s that it is alive. */
const SILENCE_MS = 95_000;

export interface AgentListener {
  readonly onChange: () => void;
  /** It does not answer, or not any more: it is tried again. */
  readonly onLoss: (why: string) => void;
}

/** The agent of this node, as it said last; it is asked for nothing, it tells. */
export class NodeAgent {
  readonly #socket: string;
  readonly #listener: AgentListener;
  #status: AgentStatus | null = null;

  constructor(socket: string, listener: AgentListener) {
    this.#socket = socket;
    this.#listener = listener;
  }

  /** Null while it does not answer. */
  get status(): AgentStatus | null {
    return this.#status;
  }

  /** Until the signal. */
  async follow(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        await this.#listen(signal, () => backoff.reset());
        this.#lose('the agent ended');
      } catch (error) {
        if (signal.aborted) return;
        this.#lose(error instanceof Error ? error.message : String(error));
      }
      await backoff.wait(signal);
    }
  }

  async #listen(signal: AbortSignal, onLife: () => void): Promise<void> {
    const silent = new AbortController();
    const why = new Error(`the agent said nothing for ${SILENCE_MS / 1000} s`);
    const timer = setTimeout(() => silent.abort(why), SILENCE_MS);
    try {
      const either = AbortSignal.any([signal, silent.signal]);
      for await (const event of followAgent(this.#socket, either)) {
        timer.refresh();
        onLife();
        if (event.event === 'status') this.#take(event.status);
        // What has ended is told by the status that follows, with all that came of it.
        if (event.event === 'operation' && this.#status !== null)
          this.#take({ ...this.#status, operation: event.operation });
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #take(status: AgentStatus): void {
    this.#status = status;
    this.#listener.onChange();
  }

  #lose(why: string): void {
    this.#status = null;
    this.#listener.onLoss(why);
  }
}
