import { KubeosError } from '../../errors.ts';
import type { MessagePipe } from '../message-pipe.ts';
import type { Ask } from './messages.ts';

interface Waiting {
  readonly into: Uint8Array | null;
  readonly resolve: (isRight: boolean) => void;
}

/** What the fetcher asks of the agent while it fills: to read for it, and to take blocks. */
export class AgentCalls {
  readonly #pipe: MessagePipe;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(pipe: MessagePipe) {
    this.#pipe = pipe;
  }

  /** Fills `into` with what the agent reads. */
  async read(from: 'base' | 'target', into: Uint8Array, position: number): Promise<void> {
    const id = this.#next();
    const answered = this.#answerTo(id, into);
    await this.#pipe.send({ tell: 'read', id, from, position, length: into.length });
    if (!(await answered)) {
      throw new KubeosError('RELEASE_INVALID', `${from} cannot be read at byte ${position}`);
    }
  }

  /** Hands a block over; it is on its way to the disk when this returns. */
  async put(index: number, bytes: Uint8Array): Promise<void> {
    const id = this.#next();
    const answered = this.#answerTo(id, null);
    await this.#pipe.send({ tell: 'block', id, index }, bytes);
    if (!(await answered)) throw new KubeosError('INTERNAL', `the agent refuses block ${index}`);
  }

  answer({ id, isRight }: Extract<Ask, { ask: 'reply' }>, bytes: Uint8Array): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (isRight) waiting?.into?.set(bytes);
    waiting?.resolve(isRight);
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  async #answerTo(id: number, into: Uint8Array | null): Promise<boolean> {
    return await new Promise((resolve) => {
      this.#waiting.set(id, { into, resolve });
    });
  }
}
