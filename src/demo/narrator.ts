import { formatElapsed } from '../cli/rollout/plain-text.ts';
import type { Step } from './summary.ts';

/** What a demonstration says; each part with its time. */
export class Narrator {
  readonly #startMs = Date.now();
  readonly #steps: Step[] = [];
  readonly #output: NodeJS.WritableStream;
  readonly #signal: AbortSignal;

  constructor(output: NodeJS.WritableStream, signal: AbortSignal) {
    this.#output = output;
    this.#signal = signal;
  }

  /** Titles of what was done, with what it took. */
  get steps(): readonly Step[] {
    return this.#steps;
  }

  say(line: string): void {
    this.#output.write(`${line}\n`);
  }

  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#signal.throwIfAborted();
    const startMs = Date.now();
    this.say(`\n── ${formatElapsed(startMs - this.#startMs)} ── ${title}`);
    const value = await work();
    this.#steps.push({ title, ms: Date.now() - startMs });
    return value;
  }
}
