import { KubeosError } from '../../errors.ts';
import type { MessagePipe } from '../message-pipe.ts';
import type { Ask, Tell } from './messages.ts';

interface Waiting {
  readonly into: Uint8Array | null;
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (why: KubeosError) => void;
}

interface Asked {
  readonly says: Tell;
  readonly bytes?: Uint8Array;
  readonly into: Uint8Array | null;
}

/** What the fetcher asks of the agent while it fills: to read for it, and to take blocks. */
export class AgentCalls {
  readonly #pipe: MessagePipe;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #gone: KubeosError | null = null;

  constructor(pipe: MessagePipe) {
    this.#pipe = pipe;
  }

  /** Fills `into` with what the agent reads. */
  async read(from: 'base' | 'target', into: Uint8Array, position: number): Promise<void> {
    const id = this.#next();
    const says = { tell: 'read', id, from, position, length: into.length } as const;
    if (!(await this.#ask(id, { says, into }))) {
      throw new KubeosError('RELEASE_INVALID', `${from} cannot be read at byte ${position}`);
    }
  }

  /** Hands a block over; it is on its way to the disk when this returns. */
  async put(index: number, bytes: Uint8Array): Promise<void> {
    const id = this.#next();
    const says = { tell: 'block', id, index } as const;
    if (!(await this.#ask(id, { says, bytes, into: null })))
      throw new KubeosError('INTERNAL', `the agent refuses block ${index}`);
  }

  answer({ id, isRight }: Extract<Ask, { ask: 'reply' }>, bytes: Uint8Array): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (isRight) waiting?.into?.set(bytes);
    waiting?.resolve(isRight);
  }

  /** Nobody answers any more: what waits for it fails, or this process would wait, and fetch, for ever. */
  end(why: KubeosError): void {
    this.#gone = why;
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }

  #next(): number {
    this.#count += 1;
    return this.#count;
  }

  async #ask(id: number, { says, bytes, into }: Asked): Promise<boolean> {
    const [isRight] = await Promise.all([this.#answerTo(id, into), this.#pipe.send(says, bytes)]);
    return isRight;
  }

  async #answerTo(id: number, into: Uint8Array | null): Promise<boolean> {
    if (this.#gone !== null) throw this.#gone;
    return await new Promise((resolve, reject) => {
      this.#waiting.set(id, { into, resolve, reject });
    });
  }
}
