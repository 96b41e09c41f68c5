import type { AgentEvent } from './agent-event.ts';

/** A reader that is so many lines behind is let go: it begins again with the status as it is then. */
const MAX_BEHIND = 256;
const ALIVE_MS = 30_000;
/** Of the 16 connections of a socket most have to be left for calls. */
const MAX_READERS = 8;

/** What happens on a node, told to whoever listens just then. */
export class EventStream {
  readonly #readers = new Set<Reader>();

  /** Whether as many read as may. */
  get isFull(): boolean {
    return this.#readers.size >= MAX_READERS;
  }

  emit(event: AgentEvent): void {
    for (const reader of this.#readers) reader.tell(event);
  }

  /** From this call on, until the signal is aborted, or the reader is too far behind. */
  read(signal: AbortSignal): AsyncIterable<AgentEvent> {
    const reader = new Reader(() => this.#readers.delete(reader));
    this.#readers.add(reader);
    if (signal.aborted) reader.leave();
    signal.addEventListener('abort', () => reader.leave(), { once: true });
    return reader.events();
  }
}

class Reader {
  readonly #onLeave: () => void;
  readonly #alive = setInterval(() => this.tell({ event: 'alive' }), ALIVE_MS);
  #waiting: AgentEvent[] = [];
  #hasLeft = false;
  #wake = (): void => undefined;

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  tell(event: AgentEvent): void {
    if (this.#hasLeft) return;
    this.#alive.refresh();
    if (isNewsOf(this.#waiting.at(-1), event)) this.#waiting.pop();
    this.#waiting.push(event);
    if (this.#waiting.length > MAX_BEHIND) this.leave();
    this.#wake();
  }

  leave(): void {
    clearInterval(this.#alive);
    this.#onLeave();
    this.#hasLeft = true;
    this.#waiting = [];
    this.#wake();
  }

  async *events(): AsyncGenerator<AgentEvent> {
    try {
      while (!this.#hasLeft) {
        const event = this.#waiting.shift();
        if (event === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
        else yield event;
      }
    } finally {
      this.leave();
    }
  }
}

/** Of the progress of one operation only the newest is of use to who has not read the one before. */
function isNewsOf(before: AgentEvent | undefined, event: AgentEvent): boolean {
  if (before?.event !== 'operation' || event.event !== 'operation') return false;
  const [one, other] = [before.operation, event.operation];
  return one.id === other.id && one.phase === other.phase;
}
